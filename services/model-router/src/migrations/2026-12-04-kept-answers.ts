import { createKeptAnswers } from '@tessera/shared/database/answer-once'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const keptAnswers: Migration = {
  async up(db) {
    await sql.raw(createKeptAnswers).execute(db)
  },
}
