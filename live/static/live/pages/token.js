// The token for the socket: a guest's for visitors, their own for those who are logged in.

/** @param {string} url where tokens are given out @returns {() => Promise<string>} */
export function tokensFrom(url) {
  return async () => {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
    if (!answer.ok) throw new Error(`no token: ${answer.status}`);
    return (await answer.json()).access;
  };
}

/** Only pages of users have one: it stands in the form that logs them out. */
function csrfToken() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
  return field?.value ?? "";
}
