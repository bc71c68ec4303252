// A recipe's file is read here, and its text goes to Python as any other field's does: the server takes no uploads.

const views = new Map(); // how many files were opened, by widget key, for as long as the page is loaded

/** The text of a file, cut where it is longer than any recipe, for Python to refuse. */
async function textOf(file, most) {
  return (await file.text()).slice(0, most + 1);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const input = parentElement.querySelector("input");
  if (!input || !data) return;
  input.onchange = async () => {
    const [file] = input.files;
    if (!file) return;
    const number = (views.get(data.key) ?? 0) + 1;
    views.set(data.key, number);
    const text = file.size > 4 * data.most ? " ".repeat(data.most + 1) : await textOf(file, data.most);
    if (number === views.get(data.key)) setTriggerValue("opened", { text });
    input.value = ""; // the same file can be opened again
  };
}
