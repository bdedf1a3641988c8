// Corrects how Streamlit sets the address, so that Back and Forward work.

export default function () {
  const { pushState } = history;
  let before; // the last address, if only its query changed since
  history.pushState = (state, title, url) => {
    const to = new URL(url ?? location.href, location.href);
    const stays = to.pathname === location.pathname;
    // When a button leads to another page, Streamlit first sets that page's query on the page being left. That address
    // is meaningless, so it is replaced in the history.
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

// The sidebar link to the current page opens it without its query; Streamlit would keep the address.
function leadToPlainPage(event) {
  const link = event.target.closest?.('[data-testid="stSidebarNav"] a');
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (!link || elsewhere || !location.search || link.pathname !== location.pathname) return;
  event.preventDefault();
  event.stopPropagation();
  history.pushState({}, "", location.pathname);
  dispatchEvent(new PopStateEvent("popstate"));
}
