import { expect, it } from '@jest/globals';
import { orderColumns } from '../orders/columns';
import { letterOf } from './letter';

const left = (by: 'good' | 'message-format') => ({ body: orderColumns(by).message });

it('understands what the orders of its time leave', () => {
  expect(letterOf(left('good'), 'good')).toEqual({ template: 'order-confirmed' });
  expect(letterOf(left('message-format'), 'message-format')).toEqual({ template: 'order-confirmed' });
});

it('refuses what it does not know, either way', () => {
  expect(() => letterOf(left('message-format'), 'good')).toThrow('cannot read');
  expect(() => letterOf(left('good'), 'message-format')).toThrow('cannot read');
});
