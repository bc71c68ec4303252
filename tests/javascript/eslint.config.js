import js from "@eslint/js";
import globals from "globals";

// Names come from strangers: they are put in as text, never read as markup, as code or as an address.
const markup = [
  ...["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "write", "writeln", "srcdoc", "src", "href"],
  ...["createContextualFragment", "parseFromString"],
].map((property) => ({ property, message: "Set textContent." }));

const rules = {
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-undef": "error",
  "no-unused-vars": "error",
  "no-var": "error",
  "prefer-const": "error",
};

export default [
  { ...js.configs.recommended, rules: { ...js.configs.recommended.rules, ...rules } },
  {
    files: ["components/**"],
    languageOptions: { globals: globals.browser },
    rules: { "no-restricted-properties": ["error", ...markup] },
  },
  { files: ["*.js"], languageOptions: { globals: globals.node } },
];
