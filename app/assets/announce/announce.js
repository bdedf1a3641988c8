// Says what has happened to people who hear the page; nothing to see.

export default function ({ parentElement, data }) {
  const region = parentElement.querySelector("p");
  if (region.textContent !== data.text) region.textContent = data.text;
}
