// Streamlit stores the chosen theme in the browser for each page address; this sets it for all pages.

const VERSION = 2;  // of the format in Streamlit 1.67

const keyOf = (path) => `stActiveTheme-${path}-v${VERSION}`;

function chosen() {
  const kept = localStorage.getItem(keyOf(location.pathname));
  return kept ? JSON.parse(kept) : "System";
}

export default function ({ data, parentElement }) {
  for (const choice of parentElement.querySelectorAll("input")) {
    choice.disabled = false;
    choice.checked = choice.value === chosen();
    choice.onchange = () => {
      for (const path of data.paths) localStorage.setItem(keyOf(path), JSON.stringify(choice.value));
      location.reload();
    };
  }
}
