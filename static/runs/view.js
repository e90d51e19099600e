/** Shows how a run stands. Only what changed is written, so that a screen reader does not repeat itself. */
export class RunView {
  #parts;

  /**
   * @param {{state: HTMLElement, sentence: HTMLElement, lasted: HTMLElement, tasks: HTMLElement,
   *   template: HTMLTemplateElement, accuracy: HTMLElement, log: HTMLElement, trouble: HTMLElement}} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {object} live as `live.js` describes it */
  show(live) {
    const { state, sentence, lasted, accuracy, trouble } = this.#parts;
    trouble.hidden = true;
    state.dataset.state = live.state;
    write(state, live.state);
    write(sentence, live.sentence);
    write(lasted, live.lasted || 'not started yet');
    write(accuracy, live.accuracy.length ? `Accuracy on the held-out images: ${live.accuracy.join(', ')}` : '');
    this.#showTasks(live.tasks);
    this.#showLog(live.log);
  }

  /** @param {string} problem */
  fail(problem) {
    const { trouble } = this.#parts;
    write(trouble, problem);
    trouble.hidden = false;
  }

  #showTasks(tasks) {
    const { tasks: body, template } = this.#parts;
    while (body.children.length > tasks.length) body.lastElementChild.remove();
    tasks.forEach(({ name, done, total, checked, left }, index) => {
      if (!body.children[index]) body.append(template.content.cloneNode(true));
      const row = body.children[index];
      const bar = row.querySelector('progress');
      bar.max = total;
      bar.value = done;
      bar.setAttribute('aria-label', name);
      write(row.firstElementChild, name);
      write(row.children[2], checked);
      write(row.lastElementChild, left);
    });
  }

  /** It stays at its end, unless somebody scrolled up to read. */
  #showLog(text) {
    const { log } = this.#parts;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (text) write(log, text);
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
