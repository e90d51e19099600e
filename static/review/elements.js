const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

const root = find('#queue');

/** Every element of the queue's page that the modules are given; no other module looks for one. */
export const parts = {
  root,
  cards: JSON.parse(find('#cards').textContent),
  form: find('#labelling'),
  undo: find('#undo'),
  hide: find('#hide'),
  help: find('#help'),
  helpButton: find('#help-button'),
  live: find('#live'),
  trouble: {
    root: find('#trouble'),
    words: find('#trouble-words'),
    retry: find('#retry'),
    login: find('#login'),
    close: find('#trouble-close'),
  },
  stand: {
    waiting: find('#waiting'),
    count: find('#count'),
    pace: find('#pace'),
  },
  cardView: {
    desk: find('#desk'),
    empty: find('#empty'),
    loading: find('#loading'),
    identity: find('#labelling [name="id"]'),
    image: find('#image'),
    pixels: find('#pixels'),
    link: find('#link'),
    facts: Object.fromEntries(findAll('[data-fact]', root).map((part) => [part.dataset.fact, part])),
    marks: findAll('[data-mark]', root),
    answers: findAll('[data-kind]', root).map((row) => ({
      row,
      digit: find('.digit', row),
      sure: find('.sure', row),
    })),
    meant: find('#meant'),
  },
};
