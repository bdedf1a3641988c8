// Lets the keyboard scroll tables that are wider than their place: Streamlit's take no focus.

const TABLES = '[data-testid="stTable"]';
const LONGEST_LABEL = 80;

export default function () {
  let asked;
  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(mend);
  };
  const drawn = new MutationObserver(soon);
  drawn.observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", soon);
  soon();
  return () => {
    drawn.disconnect();
    removeEventListener("resize", soon);
    cancelAnimationFrame(asked);
  };
}

function mend() {
  for (const table of document.querySelectorAll(TABLES)) {
    for (const place of [table, ...table.querySelectorAll("div:has(table)")]) {
      if (!/auto|scroll/.test(getComputedStyle(place).overflowX)) continue;
      const scrolls = place.scrollWidth > place.clientWidth;
      if (scrolls === (place.tabIndex === 0)) continue;
      if (scrolls) {
        const heads = [...place.querySelectorAll("th")].map((head) => head.textContent.trim()).filter(Boolean);
        place.setAttribute("aria-label", `Table of ${heads.join(", ").slice(0, LONGEST_LABEL)}`);
        place.setAttribute("role", "region");
        place.tabIndex = 0;
      } else {
        for (const name of ["aria-label", "role", "tabindex"]) place.removeAttribute(name);
      }
    }
  }
}
