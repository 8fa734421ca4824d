import { quoteIdentifier } from '@tessera/shared/database/quote-identifier'
import { bm25 } from '../ranking.ts'

/**
 * One table and one BM25 index per workspace, or ranking statistics would mix. Rows hold the number of their access set, each distinct set is kept once: a filter
 * by thousands of names is then decided once per set instead of once per row.
 */
export type WorkspaceTables = { rows: string; accessSets: string; wordsIndex: string }

export const searchSchema = 'search'

export function tablesOf(workspaceId: string): WorkspaceTables {
  const name = (kind: string) => `${searchSchema}.${quoteIdentifier(`${kind}_${workspaceId}`)}`
  return { rows: name('rows'), accessSets: name('access_sets'), wordsIndex: name('words') }
}

export const createSchema = `
  create schema if not exists ${searchSchema};
  create extension if not exists vector with schema public;
  create extension if not exists pg_textsearch with schema public;
  create table if not exists ${searchSchema}.indexes (workspace_id text primary key, definition text not null);
`

/** Raise it with every change below: the next start then makes the tables anew, and the worker fills them from the registry. */
export const definitionVersion = 3

// No index on access_set: with one, the planner would leave the BM25 scan, collect every readable row and sort them.
export const createTables = ({ rows, accessSets, wordsIndex }: WorkspaceTables) => `
  drop table if exists ${rows}, ${accessSets};
  create table ${accessSets} (
    id integer generated always as identity primary key,
    key text not null unique,
    allow text[] not null,
    deny text[] not null,
    deny_agents text[] not null,
    pairs text[] not null
  );
  create table ${rows} (
    row_id text primary key,
    passage_id text not null,
    document_id text not null,
    data_source_id text not null,
    space text not null,
    content_version text not null,
    view text not null,
    hash text not null,
    revision bigint not null,
    access_set integer not null,
    authors text[] not null,
    media_type text,
    updated_at_ms bigint,
    terms text not null,
    impacts text[] not null,
    vector vector
  );
  create index ${wordsIndex.slice(searchSchema.length + 1)} on ${rows} using bm25 (terms) with (text_config = 'simple', k1 = ${bm25.k1}, b = ${bm25.b});
  create index on ${rows} using gin (impacts);
`
