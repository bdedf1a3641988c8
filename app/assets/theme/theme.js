// Streamlit keeps the chosen theme with the browser, for each address a page was opened at; this sets it for all pages.

const VERSION = 2;  // of what Streamlit 1.67 keeps

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
