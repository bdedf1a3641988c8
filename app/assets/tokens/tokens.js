// Draws examples as the model sees them. All of it is untrusted data, inserted as text, never as markup.

export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".examples");
  list.replaceChildren(...data.examples.map(drawn));
}

function drawn({ heading, pieces, note }) {
  const item = element("li");
  const text = element("pre", "text");
  text.tabIndex = 0; // a long example scrolls, so it must be reachable by keyboard
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", heading);
  text.append(...pieces.map(piece));
  item.append(element("p", "heading", heading), text);
  if (note) item.append(element("p", "note", note));
  return item;
}

// A special token is framed and shows its name without the surrounding brackets.
function piece({ text, counts, special }) {
  const made = element(counts ? "mark" : "span", "", special ? text.replace(/^<\|?|\|?>$/g, "") : text);
  if (special) {
    made.classList.add("special");
    made.title = `Special token ${text}`;
  }
  return made;
}

function element(kind, name = "", text = "") {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}
