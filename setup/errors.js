'use strict';

/** Setup cannot go on on this machine (exit 2). The hint says how to get what is missing. */
class CannotRun extends Error {
  constructor(message, hint = '') {
    super(message);
    this.name = 'CannotRun';
    this.hint = hint;
  }
}

/** A person or a supervisor stopped setup (exit 130). What was built so far is kept. */
class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

module.exports = { CannotRun, Interrupted };
