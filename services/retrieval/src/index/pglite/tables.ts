import { quoteIdentifier } from '@tessera/shared/database/quote-identifier'
import { bm25 } from '../ranking.ts'

/**
 * One table and one BM25 index per workspace, or ranking statistics would mix. Rows hold the number of their access set, each distinct set is kept once: a filter
 * by thousands of names is then decided once per set instead of once per row.
 */
export type WorkspaceTables = { rows: string; accessSets: string; wordsIndex: string }

export const searchSchema = 'search'

/** Of the index of this name. */
export function tablesOf(index: string): WorkspaceTables {
  const name = (kind: string) => `${searchSchema}.${quoteIdentifier(`${kind}_${index}`)}`
  return { rows: name('rows'), accessSets: name('access_sets'), wordsIndex: name('words') }
}

/** Raise it with every change below: the next start then knows none of the old indexes, and new ones are made from the registry. */
export const definitionVersion = 4

export const createSchema = `
  create schema if not exists ${searchSchema};
  create extension if not exists vector with schema public;
  create extension if not exists pg_textsearch with schema public;
  create table if not exists ${searchSchema}.known_indexes (
    workspace_id text not null, which text not null, name text not null, version integer not null, embedding_model text,
    primary key (workspace_id, which));
  delete from ${searchSchema}.known_indexes where version <> ${definitionVersion};
`

/** What belongs to no index that is known: of earlier versions, or made when the process was killed. */
export const leftoverTables = `
  select tablename as name from pg_tables t where schemaname = '${searchSchema}' and tablename <> 'known_indexes'
    and not exists (select from ${searchSchema}.known_indexes k where t.tablename in ('rows_' || k.name, 'access_sets_' || k.name))
`

// No index on access_set: with one, the planner would leave the BM25 scan, collect every readable row and sort them.
export const createTables = ({ rows, accessSets, wordsIndex }: WorkspaceTables) => `
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
