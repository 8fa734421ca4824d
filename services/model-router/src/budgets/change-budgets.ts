import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { Budget, BudgetDefinition, budgetOperations } from '@tessera/shared/contracts/model-router/budgets'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { anotherRequest, answerOnce } from '@tessera/shared/database/answer-once'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Transaction } from 'kysely'
import type { Change } from '../administration/change.ts'
import type { ModelsDatabase } from '../database.ts'

type Operations = typeof budgetOperations
type Deps = { change: Change }

export const createBudget =
  ({ change }: Deps): HandlerOf<Operations['createBudget']> =>
  async ({ idempotencyKey: key, ...definition }, call) =>
    change(call, 'createBudget', definition, async (trx) => {
      const made = await answerOnce(
        trx,
        { caller: call.caller, operation: 'createBudget', key, input: definition },
        async () => {
          const id = newId('bud')
          const row = { id, workspace_id: call.caller.workspaceId, definition: JSON.stringify(definition) }
          await trx.insertInto('budgets').values(row).execute()
          return { id, ...definition }
        },
      )
      return made ? ok<Budget>(made) : fail(modelsFaults.fault('conflict', anotherRequest))
    })

export const updateBudget =
  ({ change }: Deps): HandlerOf<Operations['updateBudget']> =>
  async ({ id, ...changed }, call) =>
    change(call, 'updateBudget', { id, ...changed }, async (trx) => {
      const present = await find(trx, call.caller.workspaceId, id)
      if (!present) return noBudget(id)
      const definition = { ...present, ...changed }
      await trx
        .updateTable('budgets')
        .set({ definition: JSON.stringify(definition) })
        .where('id', '=', id)
        .execute()
      return ok<Budget>({ id, ...definition })
    })

export const deleteBudget =
  ({ change }: Deps): HandlerOf<Operations['deleteBudget']> =>
  async ({ id }, call) =>
    change(call, 'deleteBudget', { id }, async (trx) => {
      if (!(await find(trx, call.caller.workspaceId, id))) return noBudget(id)
      await trx.deleteFrom('budgets').where('id', '=', id).execute()
      await trx.deleteFrom('budget_periods').where('budget_id', '=', id).execute()
      return ok({})
    })

async function find(
  trx: Transaction<ModelsDatabase>,
  workspaceId: string,
  id: string,
): Promise<BudgetDefinition | undefined> {
  const row = await trx
    .selectFrom('budgets')
    .select('definition')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.definition
}

const noBudget = (id: string) => fail(modelsFaults.fault('not-found', `There is no budget ${id}.`))
