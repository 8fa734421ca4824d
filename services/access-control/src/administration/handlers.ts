import type { Approval, Writer } from '../changes/writer.ts'
import type { AccessDeps, AccessHandlers } from '../handler.ts'
import { getWorkspace } from '../workspaces/get-workspace.ts'
import { resumeWorkspace } from '../workspaces/resume-workspace.ts'
import { updateWorkspace } from '../workspaces/update-workspace.ts'
import { deleteActingApp, listActingApps, putActingApp } from './acting-apps.ts'
import { approveProposal } from './approve-proposal.ts'
import { endBreakGlass, listBreakGlass, requestBreakGlass } from './break-glass.ts'
import { addDelegate, listDelegates, removeDelegate } from './delegates.ts'
import { exchangeToken } from './exchange-token.ts'
import { identifyActing } from './identify-acting.ts'
import { listProposals } from './list-proposals.ts'
import { logChange } from './log-change.ts'
import { rejectProposal } from './reject-proposal.ts'

export type ApprovalDeps = {
  /** A writer that executes this proposal and nothing else. */
  readonly writerFor: (approval: Approval) => Writer
  /** Every operation, made with other dependencies. */
  readonly handlersOf: (deps: AccessDeps) => AccessHandlers
}

export const administrationHandlers = (deps: AccessDeps, approval: ApprovalDeps) => ({
  getWorkspace: getWorkspace(deps),
  updateWorkspace: updateWorkspace(deps),
  resumeWorkspace: resumeWorkspace(deps),
  listProposals: listProposals(deps),
  approveProposal: approveProposal(approval)(deps),
  rejectProposal: rejectProposal(deps),
  requestBreakGlass: requestBreakGlass(deps),
  listBreakGlass: listBreakGlass(deps),
  endBreakGlass: endBreakGlass(deps),
  listDelegates: listDelegates(deps),
  addDelegate: addDelegate(deps),
  removeDelegate: removeDelegate(deps),
  listActingApps: listActingApps(deps),
  putActingApp: putActingApp(deps),
  deleteActingApp: deleteActingApp(deps),
  exchangeToken: exchangeToken(deps),
  identifyActing: identifyActing(deps),
  logChange: logChange(deps),
})
