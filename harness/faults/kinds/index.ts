/** Every kind of fault: an entry here is all that a new file of this folder needs to be one. */
export { crash } from './crash';
export { latency } from './latency';
export { pause } from './pause';
export { refuse } from './refuse';
