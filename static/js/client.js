const TIMEOUT = 15000;

const OFFLINE = 'The server cannot be reached. Check your connection and try again; your drawing stays here.';
const TOO_SLOW = 'The answer took too long. Try again; your drawing stays here.';

/**
 * What a request came to. `problem` is a sentence for the visitor; an aborted request has none.
 * @typedef {{ok: true, answer: object | null} | {ok: false, reason: string, status?: number, problem: string}} Result
 * @typedef {{signal?: AbortSignal, timeout?: number, fetch?: typeof fetch}} Options
 */

const failure = (reason, problem, status) => ({ ok: false, reason, status, problem });

/**
 * Ask about a drawing, for its digit or for what mattered. Never rejects.
 * @param {string} url
 * @param {{image: Blob, strokes: string | null, store: boolean, prompt?: number | null, requestId?: string}} drawing
 *   a PNG, and the strokes as JSON; a request that is sent again under its id is known to be the same
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function ask(url, { image, strokes, store, prompt, requestId }, options = {}) {
  const body = new FormData();
  body.append('image', image, 'drawing');
  if (strokes) body.append('strokes', strokes);
  body.append('store', String(store));
  if (Number.isInteger(prompt)) body.append('prompt', String(prompt));
  const headers = { 'X-Source': 'page', ...(requestId && { 'X-Request-ID': requestId }) };
  return send(url, { method: 'POST', body, headers }, (answer) => Boolean(answer?.models), options);
}

/**
 * Say what a kept drawing is: a digit, 'not_a_digit', or null for nothing any more.
 * @param {string} url of the kept drawings
 * @param {{id: string, token: string}} kept
 * @param {number | string | null} claim
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function claim(url, { id, token }, claim, options = {}) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify({ claim }) };
  return send(`${url}${id}/claim/`, request, (answer) => answer?.id === id, options);
}

/**
 * Delete a kept drawing. One that is gone already is as good.
 * @param {string} url of the kept drawings
 * @param {{id: string, token: string}} kept
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function forget(url, { id, token }, options = {}) {
  const request = { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } };
  const result = await send(`${url}${id}/`, request, () => true, options);
  return result.status === 404 ? { ok: true, answer: null } : result;
}

/**
 * The digit that the dataset lacks most, more or less.
 * @param {string} url
 * @param {number | null} previous the one asked for last
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export async function wanted(url, previous, options = {}) {
  const query = previous === null ? '' : `?not=${previous}`;
  return send(`${url}${query}`, { method: 'GET' }, (answer) => Number.isInteger(answer?.prompt), options);
}

async function send(url, request, isExpected, { signal, timeout = TIMEOUT, fetch = globalThis.fetch }) {
  if (signal?.aborted) return failure('aborted', '');
  const late = AbortSignal.timeout(timeout);
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const cause of [late, signal]) cause?.addEventListener('abort', stop);
  try {
    const response = await fetch(url, {
      ...request,
      headers: { Accept: 'application/json', ...request.headers },
      credentials: 'same-origin',
      signal: controller.signal,
    });
    return await read(response, isExpected);
  } catch {
    if (signal?.aborted) return failure('aborted', '');
    return late.aborted ? failure('timeout', TOO_SLOW) : failure('network', OFFLINE);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function read(response, isExpected) {
  const text = await response.text();
  const content = parse(text);
  const { status } = response;
  if (response.ok && isExpected(content)) return { ok: true, answer: content };
  if (status === 429) return failure('busy', busySentence(response.headers.get('Retry-After')), status);
  return failure('refused', refusalSentence(status, content), status);
}

/** A proxy may answer in HTML. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {string | null} retryAfter the header: seconds or a date
 * @param {number} [now] milliseconds since the epoch
 * @returns {string}
 */
export function busySentence(retryAfter, now = Date.now()) {
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return `That was a lot. Try again ${whenWords(seconds)}.`;
}

function whenWords(seconds) {
  if (!(seconds > 0)) return 'in a moment';
  if (seconds > 90) return `in ${Math.ceil(seconds / 60)} minutes`;
  const whole = Math.ceil(seconds);
  return whole === 1 ? 'in a second' : `in ${whole} seconds`;
}

/**
 * @param {number} status
 * @param {{detail?: string, request_id?: string} | null} content
 * @returns {string}
 */
export function refusalSentence(status, content) {
  const detail = typeof content?.detail === 'string' ? content.detail.trim() : '';
  const sentence = detail ? asSentence(detail) : `The server could not answer (${status}). Try again in a moment.`;
  const reference = status >= 500 && content?.request_id;
  return reference ? `${sentence} Reference: ${reference}.` : sentence;
}

function asSentence(text) {
  const capital = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
