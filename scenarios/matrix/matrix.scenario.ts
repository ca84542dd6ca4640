import { scenario } from '../../harness';
import { everyCell, tryCell } from './cell';

/** `ROLLPROOF_TAGS=matrix` tries all of them; those that need two replicas of `orders` want `ORDERS_REPLICAS=2`. */
scenario.nightly.each(everyCell())('$defect, by $strategy', { tags: ['matrix'] }, tryCell);
