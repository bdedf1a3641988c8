// A live region for screen readers; invisible.

export default function ({ parentElement, data }) {
  const region = parentElement.querySelector("p");
  if (region.textContent !== data.text) region.textContent = data.text;
}
