/** All findings. An id is part of the interface: docs/doctor.md lists it, and it does not change. */
import { CLOUD } from './cloud.ts';
import { DATABASE } from './database.ts';
import type { Entry } from './entry.ts';
import { OUTSIDE } from './outside.ts';
import { TABLES } from './tables.ts';

export const CATALOGUE = { ...OUTSIDE, ...CLOUD, ...DATABASE, ...TABLES };

export type FindingId = keyof typeof CATALOGUE;

export const entryOf = (id: FindingId): Entry => CATALOGUE[id];

export const FINDING_IDS = Object.keys(CATALOGUE) as readonly FindingId[];
