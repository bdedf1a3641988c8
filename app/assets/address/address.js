// Mends what Streamlit does with the address. A step of the browser's history is something that it follows.

export default function () {
  const { pushState } = history;
  let before; // the address before its page changed, if only its query was changed last
  history.pushState = (state, title, url) => {
    const to = new URL(url ?? location.href, location.href);
    const stays = to.pathname === location.pathname;
    // On the way to another page by a button, Streamlit first gives its query to the page that is left. Such an address
    // names nothing, and nobody was there: the way back leads past it.
    const never = !stays && location.href === before && location.search === to.search;
    (never ? history.replaceState : pushState).call(history, state, title, url);
    before = stays ? to.href : undefined;
  };
  document.addEventListener("click", leadToPlainPage, true);
  return () => {
    history.pushState = pushState;
    document.removeEventListener("click", leadToPlainPage, true);
  };
}

// The sidebar's link to the page that is shown leads to that page without what its address names: Streamlit would keep
// the address as it is.
function leadToPlainPage(event) {
  const link = event.target.closest?.('[data-testid="stSidebarNav"] a');
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (!link || elsewhere || !location.search || link.pathname !== location.pathname) return;
  event.preventDefault();
  event.stopPropagation();
  history.pushState({}, "", location.pathname);
  dispatchEvent(new PopStateEvent("popstate"));
}
