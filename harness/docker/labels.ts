export { LABEL, type Role } from '../compose/labels';
