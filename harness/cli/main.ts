#!/usr/bin/env node
import { COMMANDS } from './commands';
import { programOf, run } from './program';

run(programOf('rollproof', 'Prove that your docker-compose stack survives its next release.', COMMANDS));
