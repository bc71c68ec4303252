// Runs in the page before any script of Streamlit's.

// Where the server is: each page's address lies one step below it. Without this Streamlit asks below the page first.
window.__streamlit = { BACKEND_BASE_URL: new URL(".", window.location.href).href };

// Going back leads to the page before, not to the same page with an older recipe in its address.
const push = window.history.pushState.bind(window.history);
window.history.pushState = (state, unused, address) => {
  const [here, there] = [window.location, new URL(address ?? "", window.location.href)];
  if (here.pathname === there.pathname && here.hash === there.hash) window.history.replaceState(state, unused, address);
  else push(state, unused, address);
};
