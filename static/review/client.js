const TIMEOUT = 15000;

const OFFLINE = 'The server cannot be reached.';
const TOO_SLOW = 'The server took too long.';
const LOGGED_OUT = 'You are logged out or no longer allowed to label. Log in again in another tab, then save again.';

/**
 * What a request came to. `problem` is a sentence for the reviewer.
 * @typedef {{ok: true, answer: object} | {ok: false, isLogin: boolean, problem: string}} Result
 */

const failure = (problem, isLogin = false) => ({ ok: false, isLogin, problem });

/**
 * Post JSON. Never rejects.
 *
 * The token is read from its cookie each time: who logs in again in another tab has a new one.
 * @param {string} url
 * @param {object} body
 * @param {{fetch?: typeof fetch, cookies?: string, timeout?: number}} [options]
 * @returns {Promise<Result>}
 */
export async function post(url, body, options = {}) {
  const { fetch = globalThis.fetch, cookies = globalThis.document?.cookie ?? '', timeout = TIMEOUT } = options;
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': cookie(cookies, 'csrftoken') };
  const request = { method: 'POST', headers, body: JSON.stringify(body), credentials: 'same-origin' };
  try {
    return await read(await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(timeout) }));
  } catch (error) {
    return failure(error.name === 'TimeoutError' ? TOO_SLOW : OFFLINE);
  }
}

/** A redirect leads to the login. */
async function read(response) {
  if (response.type === 'opaqueredirect' || [302, 401, 403].includes(response.status)) return failure(LOGGED_OUT, true);
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return { ok: true, answer };
  return failure(answer?.detail ?? `The server answered ${response.status}.`);
}

/**
 * @param {string} cookies as `document.cookie` has them
 * @param {string} name
 * @returns {string} empty where there is none
 */
export function cookie(cookies, name) {
  const found = cookies.split('; ').find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}
