const TIMEOUT = 15000;

const OFFLINE = 'The server cannot be reached. Check your connection and try again; your drawing stays here.';
const TOO_SLOW = 'The answer took too long. Try again; your drawing stays here.';

/**
 * What a request came to. `problem` is a sentence for the visitor; an aborted request has none.
 * @typedef {{ok: true, answer: object} | {ok: false, reason: string, problem: string}} Result
 */

const failure = (reason, problem) => ({ ok: false, reason, problem });

/**
 * Ask the models about a drawing. Never rejects.
 * @param {string} url
 * @param {{image: Blob, strokes: string}} drawing a PNG, and the strokes as JSON
 * @param {{signal?: AbortSignal, timeout?: number, fetch?: typeof fetch}} [options]
 * @returns {Promise<Result>}
 */
export async function predict(url, { image, strokes }, options = {}) {
  const body = new FormData();
  body.append('image', image, 'drawing.png');
  body.append('strokes', strokes);
  return post(url, body, options);
}

async function post(url, body, { signal, timeout = TIMEOUT, fetch = globalThis.fetch }) {
  if (signal?.aborted) return failure('aborted', '');
  const late = AbortSignal.timeout(timeout);
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const cause of [late, signal]) cause?.addEventListener('abort', stop);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { Accept: 'application/json' },
      credentials: 'same-origin',
      signal: controller.signal,
    });
    return await read(response);
  } catch {
    if (signal?.aborted) return failure('aborted', '');
    return late.aborted ? failure('timeout', TOO_SLOW) : failure('network', OFFLINE);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function read(response) {
  const text = await response.text();
  const content = parse(text);
  if (response.ok && content?.models) return { ok: true, answer: content };
  if (response.status === 429) return failure('busy', busySentence(response.headers.get('Retry-After')));
  return failure('refused', refusalSentence(response.status, content));
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
  return `That was a lot of drawings. Try again ${whenWords(seconds)}.`;
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
