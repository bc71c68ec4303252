// A field that goes on where it was after Streamlit drew the page around it anew, or another page in between.

/** Returns what moves the field into an element; `leave` is told when the person leaves it, and for what. */
export function mover(view, isShown, leave) {
  let focused = null; // the code, or the field of find and replace, that has the focus
  let top = 0;
  const { dom, scrollDOM } = view;
  scrollDOM.addEventListener("scroll", () => {
    if (scrollDOM.clientHeight) top = scrollDOM.scrollTop; // else it is hidden or gone, and scrolled nowhere
  });
  dom.addEventListener("focusin", ({ target }) => {
    focused = target;
  });
  dom.addEventListener("focusout", ({ relatedTarget }) => {
    if (!isShown() || dom.contains(relatedTarget)) return; // what is removed loses the focus, and will be shown again
    focused = null;
    leave(relatedTarget);
  });

  return function moveTo(parent) {
    const [target, scrolled] = [focused, top];
    parent.append(dom);
    view.setRoot(parent.getRootNode());
    view.requestMeasure({
      read: () => null,
      write() {
        scrollDOM.scrollTo({ top: scrolled });
        if (target && document.activeElement === document.body) target.focus({ preventScroll: true });
      },
    });
  };
}
