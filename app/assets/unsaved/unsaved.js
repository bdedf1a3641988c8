// While there are unsaved changes, the browser asks before the page is closed or loaded anew.

const ask = (event) => event.preventDefault();

export default function ({ data }) {
  removeEventListener("beforeunload", ask);
  if (data.unsaved) addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}
