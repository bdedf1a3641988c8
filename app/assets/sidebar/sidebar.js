// The sidebar's link to the page that is shown leads to that page without what its address names: Streamlit would keep
// the address as it is. A step of the browser's history is something that Streamlit follows.
export default function () {
  const follow = (event) => {
    const link = event.target.closest?.('[data-testid="stSidebarNav"] a');
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || elsewhere || !location.search || link.pathname !== location.pathname) return;
    event.preventDefault();
    event.stopPropagation();
    history.pushState({}, "", location.pathname);
    dispatchEvent(new PopStateEvent("popstate"));
  };
  document.addEventListener("click", follow, true);
  return () => document.removeEventListener("click", follow, true);
}
