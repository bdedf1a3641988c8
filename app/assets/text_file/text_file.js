// Reads a small text file in the browser: its text goes to the page as if it had been pasted; nothing is stored.

export default function ({ parentElement, data, setTriggerValue }) {
  const [pick, file, said] = ["pick", "file", "said"].map((name) => parentElement.querySelector("." + name));
  const read = async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    file.value = ""; // so that the same file can be chosen again
    const fits = chosen.size <= data.most_bytes;
    said.textContent = fits ? chosen.name : `${chosen.name} is too large to be settings.`;
    if (fits) setTriggerValue("chosen", await chosen.text());
  };
  pick.onclick = () => file.click();
  file.onchange = read;
  read(); // chosen before this script was loaded
}
