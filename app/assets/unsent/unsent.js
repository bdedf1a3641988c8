// Keeps unsent chat input in the browser, whatever happens to the page or the studio. The server is not involved, so
// typing costs nothing.

const KEPT = "tunewright-unsent";
const OFTEN_MS = 300; // for changes without typing: a sent question, a new box

export default function () {
  let known; // the box already refilled
  const keep = () => {
    const box = document.querySelector('[data-testid="stChatInputTextArea"]');
    if (!box) return;
    const isNew = box !== known;
    known = box;
    if (isNew && !box.value) fill(box, localStorage.getItem(KEPT));
    if (box.value !== localStorage.getItem(KEPT)) localStorage.setItem(KEPT, box.value);
  };
  const timer = setInterval(keep, OFTEN_MS);
  document.addEventListener("input", keep, true);
  return () => {
    clearInterval(timer);
    document.removeEventListener("input", keep, true);
  };
}

function fill(box, text) {
  if (!text) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text); // bypasses React's setter
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
