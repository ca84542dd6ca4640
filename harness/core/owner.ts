import { newId } from './ids';

/** Names this process among all that ever work on a stack: in the locks that it holds, and on the helpers that it starts. */
export const OWNER = newId('owner');
