import { scenario } from '../../harness';
import { everyCell, tryCell } from './cell';

const { core, ofTwo, others } = everyCell();
const title = '$defect, by $strategy';

/** `ROLLPROOF_TAGS=matrix` tries all of them. */
scenario.each(core)(title, { tags: ['matrix'] }, tryCell);
scenario.nightly.each(others)(title, { tags: ['matrix'] }, tryCell);

/** These want `ORDERS_REPLICAS=2`. */
scenario.nightly.each(ofTwo)(title, { tags: ['matrix', 'two-replicas'] }, tryCell);
