// What is typed into the box of a chat and not sent yet stays with the browser, whatever becomes of the page or the
// studio. The server is not asked, so that typing costs nothing.

const KEPT = "tunewright-unsent";
const OFTEN_MS = 300; // for what changes without being typed: a question that was sent, another box

export default function () {
  let known; // the box that was filled again
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
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text); // past React's own
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
