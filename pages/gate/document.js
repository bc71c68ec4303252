// Runs in the page before any script of Streamlit's.

// Where the server is: each page's address lies one step below it. Without this Streamlit asks below the page first.
window.__streamlit = { BACKEND_BASE_URL: new URL(".", window.location.href).href };

// Going back leads to the page before, not to the same page with an older recipe in its address. On the way to another
// page Streamlit writes the query anew while the path is still the old one's: that is lacking the recipe, and the old
// page's entry keeps what it has.
const push = window.history.pushState.bind(window.history);
const hasRecipe = (address) => address.searchParams.has("recipe");
window.history.pushState = (state, unused, address) => {
  const here = new URL(window.location.href);
  const there = new URL(address ?? "", here);
  if (here.pathname !== there.pathname || here.hash !== there.hash) push(state, unused, address);
  else if (hasRecipe(there) || !hasRecipe(here)) window.history.replaceState(state, unused, address);
};
