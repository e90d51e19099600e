const EVERY = 1000; // milliseconds
const TIMEOUT = 10000;

const OFFLINE = 'The server cannot be reached; trying again.';
const LOGGED_OUT = 'You are logged out: reload this page to log in again.';

/**
 * How a run stands, as the server tells it.
 * @typedef {{name: string, done: number, total: number, checked: string, left: string}} Task
 * @typedef {{state: string, ended: boolean, sentence: string, lasted: string, tasks: Task[],
 *   accuracy: string[], log: string}} Live
 */

/**
 * Ask once. Never rejects.
 * @param {string} url
 * @param {typeof fetch} [fetch]
 * @returns {Promise<{live: Live} | {problem: string}>}
 */
export async function ask(url, fetch = globalThis.fetch) {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) });
    if (response.type === 'opaqueredirect' || [302, 401, 403].includes(response.status)) return { problem: LOGGED_OUT };
    if (!response.ok) return { problem: `The server answered ${response.status}; trying again.` };
    return { live: await response.json() };
  } catch {
    return { problem: OFFLINE };
  }
}

/**
 * Ask every second until the run has ended.
 * @param {() => Promise<{live: Live} | {problem: string}>} question
 * @param {{show: (live: Live) => void, fail: (problem: string) => void}} view
 * @param {() => Promise<void>} [pause]
 * @returns {Promise<Live>} its end
 */
export async function follow(question, view, pause = sleep) {
  for (;;) {
    const { live, problem } = await question();
    if (live) view.show(live);
    else view.fail(problem);
    if (live?.ended) return live;
    await pause();
  }
}

function sleep() {
  return new Promise((resolve) => {
    setTimeout(resolve, EVERY);
  });
}
