import { ask, follow } from './live.js';
import { RunView } from './view.js';

const find = (selector) => document.querySelector(selector);
const { url } = find('#run').dataset;

const view = new RunView({
  state: find('#state'),
  sentence: find('#sentence'),
  lasted: find('#lasted'),
  tasks: find('#tasks'),
  template: find('#task'),
  accuracy: find('#accuracy'),
  log: find('#log'),
  trouble: find('#trouble'),
});

find('#log').scrollTop = find('#log').scrollHeight;
await follow(() => ask(url), view);
location.reload(); // for the report
