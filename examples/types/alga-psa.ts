// The event types of the catalog alga-psa: Workflow Event Catalog v2. Made by `posthorn catalog types alga-psa`; do not edit.

export type Id = string;
export type Time = string;
export type Names = string[];
export type ResponseState = string | null;
export type Ids = Id[];
export type Count = number;
export type TicketChannel = "email" | "portal" | "ui" | "api";
export type Duration = number;
export type SlaStage = "response" | "resolution" | "custom";
export type Conditions = string | string[];
export type DateValue = string;
export type Currency = string;
export type Code = string | number;
export type CountOrList = number | unknown[];
export type Warnings = unknown[] | string | number;
export type EmailAddress = string;
export type Mailbox = string;
export type NotificationChannel = "email" | "sms" | "in_app" | "push";

/**
 * The data of TicketCreatedV1.
 */
export interface TicketCreatedV1Data {
  tenantId: Id;
  ticketId: Id;
  actorUserId?: Id;
  actorContactId?: Id;
  actorType?: string;
  createdAt?: Time;
}
/**
 * Ticket Created: A ticket was created.
 */
export interface TicketCreatedV1 {
  event_id?: string;
  event_type: "TICKET_CREATED";
  payload_schema_ref?: "payload.TicketCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketCreatedV1Data;
}
export interface Changes {}
/**
 * The data of TicketUpdatedV1.
 */
export interface TicketUpdatedV1Data {
  tenantId: Id;
  ticketId: Id;
  actorUserId?: Id;
  actorContactId?: Id;
  actorType?: string;
  updatedAt?: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Ticket Updated: Ticket fields changed.
 */
export interface TicketUpdatedV1 {
  event_id?: string;
  event_type: "TICKET_UPDATED";
  payload_schema_ref?: "payload.TicketUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketUpdatedV1Data;
}
/**
 * The data of TicketClosedV1.
 */
export interface TicketClosedV1Data {
  tenantId: Id;
  ticketId: Id;
  actorUserId?: Id;
  actorContactId?: Id;
  actorType?: string;
  closedAt?: Time;
  reason?: string;
}
/**
 * Ticket Closed: A ticket was closed.
 */
export interface TicketClosedV1 {
  event_id?: string;
  event_type: "TICKET_CLOSED";
  payload_schema_ref?: "payload.TicketClosed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketClosedV1Data;
}
/**
 * The data of TicketResponseStateChangedV1.
 */
export interface TicketResponseStateChangedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousResponseState?: ResponseState;
  newResponseState?: ResponseState;
  actorUserId?: Id;
  actorContactId?: Id;
  actorType?: string;
  changedAt?: Time;
}
/**
 * Ticket Response State Changed: Who has to answer next changed.
 */
export interface TicketResponseStateChangedV1 {
  event_id?: string;
  event_type: "TICKET_RESPONSE_STATE_CHANGED";
  payload_schema_ref?: "payload.TicketResponseStateChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketResponseStateChangedV1Data;
}
/**
 * The data of TicketStatusChangedV1.
 */
export interface TicketStatusChangedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousStatusId: Id;
  newStatusId: Id;
  actorUserId: Id;
  changedAt: Time;
  reason?: string;
}
/**
 * Ticket Status Changed: Ticket moved between statuses.
 */
export interface TicketStatusChangedV1 {
  event_id?: string;
  event_type: "TICKET_STATUS_CHANGED";
  payload_schema_ref?: "payload.TicketStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketStatusChangedV1Data;
}
/**
 * The data of TicketPriorityChangedV1.
 */
export interface TicketPriorityChangedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousPriorityId: Id;
  newPriorityId: Id;
  actorUserId: Id;
  changedAt: Time;
  reason?: string;
}
/**
 * Ticket Priority Changed: Priority updated.
 */
export interface TicketPriorityChangedV1 {
  event_id?: string;
  event_type: "TICKET_PRIORITY_CHANGED";
  payload_schema_ref?: "payload.TicketPriorityChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketPriorityChangedV1Data;
}
/**
 * The data of TicketAssignedV1.
 */
export interface TicketAssignedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousAssigneeId?: Id;
  previousAssigneeType?: string;
  newAssigneeId: Id;
  newAssigneeType: string;
  actorUserId: Id;
  assignedAt: Time;
}
/**
 * Ticket Assigned: Assigned to an agent/team.
 */
export interface TicketAssignedV1 {
  event_id?: string;
  event_type: "TICKET_ASSIGNED";
  payload_schema_ref?: "payload.TicketAssigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketAssignedV1Data;
}
/**
 * The data of TicketUnassignedV1.
 */
export interface TicketUnassignedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousAssigneeId: Id;
  previousAssigneeType: string;
  actorUserId: Id;
  unassignedAt: Time;
  reason?: string;
}
/**
 * Ticket Unassigned: Unassigned from agent/team.
 */
export interface TicketUnassignedV1 {
  event_id?: string;
  event_type: "TICKET_UNASSIGNED";
  payload_schema_ref?: "payload.TicketUnassigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketUnassignedV1Data;
}
/**
 * The data of TicketReopenedV1.
 */
export interface TicketReopenedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousStatusId: Id;
  newStatusId: Id;
  actorUserId: Id;
  reopenedAt: Time;
  reason?: string;
}
/**
 * Ticket Reopened: Closed ticket reopened.
 */
export interface TicketReopenedV1 {
  event_id?: string;
  event_type: "TICKET_REOPENED";
  payload_schema_ref?: "payload.TicketReopened.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketReopenedV1Data;
}
/**
 * The data of TicketMergedV1.
 */
export interface TicketMergedV1Data {
  tenantId: Id;
  sourceTicketId: Id;
  targetTicketId: Id;
  actorUserId: Id;
  mergedAt: Time;
  reason?: string;
}
/**
 * Ticket Merged: Ticket merged into another.
 */
export interface TicketMergedV1 {
  event_id?: string;
  event_type: "TICKET_MERGED";
  payload_schema_ref?: "payload.TicketMerged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketMergedV1Data;
}
/**
 * The data of TicketSplitV1.
 */
export interface TicketSplitV1Data {
  tenantId: Id;
  originalTicketId: Id;
  newTicketIds: Ids;
  actorUserId: Id;
  splitAt: Time;
  reason?: string;
}
/**
 * Ticket Split: Ticket split into multiple tickets.
 */
export interface TicketSplitV1 {
  event_id?: string;
  event_type: "TICKET_SPLIT";
  payload_schema_ref?: "payload.TicketSplit.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketSplitV1Data;
}
/**
 * The data of TicketTagsChangedV1.
 */
export interface TicketTagsChangedV1Data {
  tenantId: Id;
  ticketId: Id;
  addedTagIds?: Ids;
  removedTagIds?: Ids;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Ticket Tags Changed: Tags applied/removed on ticket.
 */
export interface TicketTagsChangedV1 {
  event_id?: string;
  event_type: "TICKET_TAGS_CHANGED";
  payload_schema_ref?: "payload.TicketTagsChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketTagsChangedV1Data;
}
/**
 * The data of TicketQueueChangedV1.
 */
export interface TicketQueueChangedV1Data {
  tenantId: Id;
  ticketId: Id;
  previousBoardId?: Id;
  newBoardId?: Id;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Ticket Queue/Board Changed: Ticket moved between boards/queues.
 */
export interface TicketQueueChangedV1 {
  event_id?: string;
  event_type: "TICKET_QUEUE_CHANGED";
  payload_schema_ref?: "payload.TicketQueueChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketQueueChangedV1Data;
}
/**
 * The data of TicketEscalatedV1.
 */
export interface TicketEscalatedV1Data {
  tenantId: Id;
  ticketId: Id;
  fromQueueId?: Id;
  toQueueId?: Id;
  actorUserId: Id;
  escalatedAt: Time;
  reason?: string;
}
/**
 * Ticket Escalated: Escalated to higher tier/team/queue.
 */
export interface TicketEscalatedV1 {
  event_id?: string;
  event_type: "TICKET_ESCALATED";
  payload_schema_ref?: "payload.TicketEscalated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketEscalatedV1Data;
}
/**
 * The data of TicketMessageAddedV1.
 */
export interface TicketMessageAddedV1Data {
  tenantId: Id;
  ticketId: Id;
  messageId: Id;
  visibility: "public" | "internal";
  authorId: Id;
  authorType: "user" | "contact";
  channel: TicketChannel;
  createdAt: Time;
  attachmentsCount?: Count;
}
/**
 * Ticket Message Added: Any message/comment added (public/private).
 */
export interface TicketMessageAddedV1 {
  event_id?: string;
  event_type: "TICKET_MESSAGE_ADDED";
  payload_schema_ref?: "payload.TicketMessageAdded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketMessageAddedV1Data;
}
/**
 * The data of TicketCustomerRepliedV1.
 */
export interface TicketCustomerRepliedV1Data {
  tenantId: Id;
  ticketId: Id;
  messageId: Id;
  contactId: Id;
  channel: TicketChannel;
  receivedAt: Time;
  attachmentsCount?: Count;
}
/**
 * Ticket Customer Replied: Customer reply received (portal/email).
 */
export interface TicketCustomerRepliedV1 {
  event_id?: string;
  event_type: "TICKET_CUSTOMER_REPLIED";
  payload_schema_ref?: "payload.TicketCustomerReplied.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketCustomerRepliedV1Data;
}
/**
 * The data of TicketInternalNoteAddedV1.
 */
export interface TicketInternalNoteAddedV1Data {
  tenantId: Id;
  ticketId: Id;
  noteId: Id;
  actorUserId: Id;
  createdAt: Time;
}
/**
 * Ticket Internal Note Added: Internal/private note added.
 */
export interface TicketInternalNoteAddedV1 {
  event_id?: string;
  event_type: "TICKET_INTERNAL_NOTE_ADDED";
  payload_schema_ref?: "payload.TicketInternalNoteAdded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketInternalNoteAddedV1Data;
}
/**
 * The data of TicketTimeEntryAddedV1.
 */
export interface TicketTimeEntryAddedV1Data {
  tenantId: Id;
  ticketId: Id;
  timeEntryId: Id;
  actorUserId: Id;
  minutes: Duration;
  billable: boolean;
  createdAt: Time;
}
/**
 * Ticket Time Entry Added: Time logged against ticket.
 */
export interface TicketTimeEntryAddedV1 {
  event_id?: string;
  event_type: "TICKET_TIME_ENTRY_ADDED";
  payload_schema_ref?: "payload.TicketTimeEntryAdded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketTimeEntryAddedV1Data;
}
/**
 * The data of TicketSlaStageEnteredV1.
 */
export interface TicketSlaStageEnteredV1Data {
  tenantId: Id;
  ticketId: Id;
  slaPolicyId: Id;
  stage: SlaStage;
  enteredAt: Time;
  targetAt: Time;
}
/**
 * Ticket SLA Stage Entered: SLA stage started.
 */
export interface TicketSlaStageEnteredV1 {
  event_id?: string;
  event_type: "TICKET_SLA_STAGE_ENTERED";
  payload_schema_ref?: "payload.TicketSlaStageEntered.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketSlaStageEnteredV1Data;
}
/**
 * The data of TicketSlaStageMetV1.
 */
export interface TicketSlaStageMetV1Data {
  tenantId: Id;
  ticketId: Id;
  slaPolicyId: Id;
  stage: SlaStage;
  metAt: Time;
  targetAt: Time;
}
/**
 * Ticket SLA Stage Met: SLA met.
 */
export interface TicketSlaStageMetV1 {
  event_id?: string;
  event_type: "TICKET_SLA_STAGE_MET";
  payload_schema_ref?: "payload.TicketSlaStageMet.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketSlaStageMetV1Data;
}
/**
 * The data of TicketSlaStageBreachedV1.
 */
export interface TicketSlaStageBreachedV1Data {
  tenantId: Id;
  ticketId: Id;
  slaPolicyId: Id;
  stage: SlaStage;
  breachedAt: Time;
  targetAt: Time;
  overdueBySeconds: Duration;
}
/**
 * Ticket SLA Stage Breached: SLA breached.
 */
export interface TicketSlaStageBreachedV1 {
  event_id?: string;
  event_type: "TICKET_SLA_STAGE_BREACHED";
  payload_schema_ref?: "payload.TicketSlaStageBreached.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketSlaStageBreachedV1Data;
}
/**
 * The data of TicketApprovalRequestedV1.
 */
export interface TicketApprovalRequestedV1Data {
  tenantId: Id;
  ticketId: Id;
  approvalRequestId: Id;
  approvalType: string;
  requestedByUserId: Id;
  requestedAt: Time;
  notes?: string;
}
/**
 * Ticket Approval Requested: Request approval (access/spend/change).
 */
export interface TicketApprovalRequestedV1 {
  event_id?: string;
  event_type: "TICKET_APPROVAL_REQUESTED";
  payload_schema_ref?: "payload.TicketApprovalRequested.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketApprovalRequestedV1Data;
}
/**
 * The data of TicketApprovalGrantedV1.
 */
export interface TicketApprovalGrantedV1Data {
  tenantId: Id;
  ticketId: Id;
  approvalRequestId: Id;
  approvedByUserId: Id;
  approvedAt: Time;
  conditions?: Conditions;
}
/**
 * Ticket Approval Granted: Approval granted.
 */
export interface TicketApprovalGrantedV1 {
  event_id?: string;
  event_type: "TICKET_APPROVAL_GRANTED";
  payload_schema_ref?: "payload.TicketApprovalGranted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketApprovalGrantedV1Data;
}
/**
 * The data of TicketApprovalRejectedV1.
 */
export interface TicketApprovalRejectedV1Data {
  tenantId: Id;
  ticketId: Id;
  approvalRequestId: Id;
  rejectedByUserId: Id;
  rejectedAt: Time;
  reason?: string;
}
/**
 * Ticket Approval Rejected: Approval rejected.
 */
export interface TicketApprovalRejectedV1 {
  event_id?: string;
  event_type: "TICKET_APPROVAL_REJECTED";
  payload_schema_ref?: "payload.TicketApprovalRejected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TicketApprovalRejectedV1Data;
}
/**
 * The data of AppointmentCreatedV1.
 */
export interface AppointmentCreatedV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  startAt: Time;
  endAt: Time;
  timezone: string;
  assigneeId?: Id;
  assigneeType?: string;
  createdByUserId: Id;
  createdAt: Time;
  location?: string | {};
}
/**
 * Appointment Created: Appointment scheduled (often tied to a ticket).
 */
export interface AppointmentCreatedV1 {
  event_id?: string;
  event_type: "APPOINTMENT_CREATED";
  payload_schema_ref?: "payload.AppointmentCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentCreatedV1Data;
}
/**
 * The data of AppointmentRescheduledV1.
 */
export interface AppointmentRescheduledV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  previousStartAt: Time;
  previousEndAt: Time;
  newStartAt: Time;
  newEndAt: Time;
  timezone: string;
  actorUserId: Id;
  rescheduledAt: Time;
  reason?: string;
}
/**
 * Appointment Rescheduled: Time changed.
 */
export interface AppointmentRescheduledV1 {
  event_id?: string;
  event_type: "APPOINTMENT_RESCHEDULED";
  payload_schema_ref?: "payload.AppointmentRescheduled.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentRescheduledV1Data;
}
/**
 * The data of AppointmentCanceledV1.
 */
export interface AppointmentCanceledV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  actorUserId: Id;
  canceledAt: Time;
  reason?: string;
}
/**
 * Appointment Canceled: Appointment canceled.
 */
export interface AppointmentCanceledV1 {
  event_id?: string;
  event_type: "APPOINTMENT_CANCELED";
  payload_schema_ref?: "payload.AppointmentCanceled.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentCanceledV1Data;
}
/**
 * The data of AppointmentCompletedV1.
 */
export interface AppointmentCompletedV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  actorUserId: Id;
  completedAt: Time;
  outcome?: string;
}
/**
 * Appointment Completed: Marked completed.
 */
export interface AppointmentCompletedV1 {
  event_id?: string;
  event_type: "APPOINTMENT_COMPLETED";
  payload_schema_ref?: "payload.AppointmentCompleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentCompletedV1Data;
}
/**
 * The data of AppointmentNoShowV1.
 */
export interface AppointmentNoShowV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  actorUserId: Id;
  markedAt: Time;
  party: "customer" | "agent";
}
/**
 * Appointment No-Show: No-show recorded.
 */
export interface AppointmentNoShowV1 {
  event_id?: string;
  event_type: "APPOINTMENT_NO_SHOW";
  payload_schema_ref?: "payload.AppointmentNoShow.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentNoShowV1Data;
}
/**
 * The data of AppointmentAssignedV1.
 */
export interface AppointmentAssignedV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  previousAssigneeId?: Id;
  previousAssigneeType?: string;
  newAssigneeId: Id;
  newAssigneeType: string;
  actorUserId: Id;
  assignedAt: Time;
}
/**
 * Appointment Assigned: Assigned/reassigned to an agent/team.
 */
export interface AppointmentAssignedV1 {
  event_id?: string;
  event_type: "APPOINTMENT_ASSIGNED";
  payload_schema_ref?: "payload.AppointmentAssigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AppointmentAssignedV1Data;
}
/**
 * The data of ScheduleBlockCreatedV1.
 */
export interface ScheduleBlockCreatedV1Data {
  tenantId: Id;
  scheduleBlockId: Id;
  ownerId: Id;
  ownerType: "user" | "team";
  startAt: Time;
  endAt: Time;
  timezone: string;
  actorUserId: Id;
  createdAt: Time;
  reason?: string;
}
/**
 * Schedule Block Created: Availability block created.
 */
export interface ScheduleBlockCreatedV1 {
  event_id?: string;
  event_type: "SCHEDULE_BLOCK_CREATED";
  payload_schema_ref?: "payload.ScheduleBlockCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ScheduleBlockCreatedV1Data;
}
/**
 * The data of ScheduleBlockDeletedV1.
 */
export interface ScheduleBlockDeletedV1Data {
  tenantId: Id;
  scheduleBlockId: Id;
  actorUserId: Id;
  deletedAt: Time;
  reason?: string;
}
/**
 * Schedule Block Deleted: Availability block removed.
 */
export interface ScheduleBlockDeletedV1 {
  event_id?: string;
  event_type: "SCHEDULE_BLOCK_DELETED";
  payload_schema_ref?: "payload.ScheduleBlockDeleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ScheduleBlockDeletedV1Data;
}
/**
 * The data of CapacityThresholdReachedV1.
 */
export interface CapacityThresholdReachedV1Data {
  tenantId: Id;
  teamId: Id;
  date: DateValue;
  capacityLimit: number;
  currentBooked: number;
  triggeredAt: Time;
}
/**
 * Capacity Threshold Reached: Team/day capacity threshold hit.
 */
export interface CapacityThresholdReachedV1 {
  event_id?: string;
  event_type: "CAPACITY_THRESHOLD_REACHED";
  payload_schema_ref?: "payload.CapacityThresholdReached.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CapacityThresholdReachedV1Data;
}
/**
 * The data of TechnicianDispatchedV1.
 */
export interface TechnicianDispatchedV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  technicianUserId: Id;
  dispatchedByUserId: Id;
  dispatchedAt: Time;
}
/**
 * Technician Dispatched: Dispatch action taken.
 */
export interface TechnicianDispatchedV1 {
  event_id?: string;
  event_type: "TECHNICIAN_DISPATCHED";
  payload_schema_ref?: "payload.TechnicianDispatched.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TechnicianDispatchedV1Data;
}
/**
 * The data of TechnicianEnRouteV1.
 */
export interface TechnicianEnRouteV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  technicianUserId: Id;
  startedAt: Time;
  eta?: unknown;
}
/**
 * Technician En Route: En route status update.
 */
export interface TechnicianEnRouteV1 {
  event_id?: string;
  event_type: "TECHNICIAN_EN_ROUTE";
  payload_schema_ref?: "payload.TechnicianEnRoute.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TechnicianEnRouteV1Data;
}
/**
 * The data of TechnicianArrivedV1.
 */
export interface TechnicianArrivedV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  technicianUserId: Id;
  arrivedAt: Time;
  location?: string | {};
}
/**
 * Technician Arrived: Arrival recorded.
 */
export interface TechnicianArrivedV1 {
  event_id?: string;
  event_type: "TECHNICIAN_ARRIVED";
  payload_schema_ref?: "payload.TechnicianArrived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TechnicianArrivedV1Data;
}
/**
 * The data of TechnicianCheckedOutV1.
 */
export interface TechnicianCheckedOutV1Data {
  tenantId: Id;
  appointmentId: Id;
  ticketId?: Id;
  technicianUserId: Id;
  checkedOutAt: Time;
  workSummary?: string;
}
/**
 * Technician Checked Out: Completed onsite work.
 */
export interface TechnicianCheckedOutV1 {
  event_id?: string;
  event_type: "TECHNICIAN_CHECKED_OUT";
  payload_schema_ref?: "payload.TechnicianCheckedOut.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TechnicianCheckedOutV1Data;
}
/**
 * The data of ProjectCreatedV1.
 */
export interface ProjectCreatedV1Data {
  tenantId: Id;
  projectId: Id;
  createdByUserId?: Id;
  createdAt?: Time;
  status?: string;
}
/**
 * Project Created: A project was created.
 */
export interface ProjectCreatedV1 {
  event_id?: string;
  event_type: "PROJECT_CREATED";
  payload_schema_ref?: "payload.ProjectCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectCreatedV1Data;
}
/**
 * The data of ProjectUpdatedV1.
 */
export interface ProjectUpdatedV1Data {
  tenantId: Id;
  projectId: Id;
  actorUserId: Id;
  updatedAt: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Project Updated: Project fields changed.
 */
export interface ProjectUpdatedV1 {
  event_id?: string;
  event_type: "PROJECT_UPDATED";
  payload_schema_ref?: "payload.ProjectUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectUpdatedV1Data;
}
/**
 * The data of ProjectStatusChangedV1.
 */
export interface ProjectStatusChangedV1Data {
  tenantId: Id;
  projectId: Id;
  previousStatus: string;
  newStatus: string;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Project Status Changed: Project status transition.
 */
export interface ProjectStatusChangedV1 {
  event_id?: string;
  event_type: "PROJECT_STATUS_CHANGED";
  payload_schema_ref?: "payload.ProjectStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectStatusChangedV1Data;
}
/**
 * The data of ProjectTaskCreatedV1.
 */
export interface ProjectTaskCreatedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  createdByUserId: Id;
  createdAt: Time;
  title: string;
  dueDate?: DateValue;
  status: string;
}
/**
 * Project Task Created: Task added.
 */
export interface ProjectTaskCreatedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_CREATED";
  payload_schema_ref?: "payload.ProjectTaskCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskCreatedV1Data;
}
/**
 * The data of ProjectTaskAssignedV1.
 */
export interface ProjectTaskAssignedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  assignedToId: Id;
  assignedToType: "user" | "team";
  assignedByUserId: Id;
  assignedAt: Time;
}
/**
 * Project Task Assigned: Task assigned to user/team.
 */
export interface ProjectTaskAssignedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_ASSIGNED";
  payload_schema_ref?: "payload.ProjectTaskAssigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskAssignedV1Data;
}
/**
 * The data of ProjectTaskStatusChangedV1.
 */
export interface ProjectTaskStatusChangedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  previousStatus: string;
  newStatus: string;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Project Task Status Changed: Task status transition.
 */
export interface ProjectTaskStatusChangedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_STATUS_CHANGED";
  payload_schema_ref?: "payload.ProjectTaskStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskStatusChangedV1Data;
}
/**
 * The data of ProjectTaskCompletedV1.
 */
export interface ProjectTaskCompletedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  completedByUserId: Id;
  completedAt: Time;
}
/**
 * Project Task Completed: Task completed.
 */
export interface ProjectTaskCompletedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_COMPLETED";
  payload_schema_ref?: "payload.ProjectTaskCompleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskCompletedV1Data;
}
/**
 * The data of ProjectTaskDependencyBlockedV1.
 */
export interface ProjectTaskDependencyBlockedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  blockedByTaskId: Id;
  blockedAt: Time;
}
/**
 * Project Task Blocked: Dependency blocks progress.
 */
export interface ProjectTaskDependencyBlockedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_DEPENDENCY_BLOCKED";
  payload_schema_ref?: "payload.ProjectTaskDependencyBlocked.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskDependencyBlockedV1Data;
}
/**
 * The data of ProjectTaskDependencyUnblockedV1.
 */
export interface ProjectTaskDependencyUnblockedV1Data {
  tenantId: Id;
  taskId: Id;
  projectId: Id;
  unblockedByTaskId: Id;
  unblockedAt: Time;
}
/**
 * Project Task Unblocked: Dependency resolved.
 */
export interface ProjectTaskDependencyUnblockedV1 {
  event_id?: string;
  event_type: "PROJECT_TASK_DEPENDENCY_UNBLOCKED";
  payload_schema_ref?: "payload.ProjectTaskDependencyUnblocked.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectTaskDependencyUnblockedV1Data;
}
/**
 * The data of ProjectApprovalRequestedV1.
 */
export interface ProjectApprovalRequestedV1Data {
  tenantId: Id;
  approvalId: Id;
  projectId: Id;
  approvalType: string;
  requestedByUserId: Id;
  requestedAt: Time;
  notes?: string;
}
/**
 * Project Approval Requested: Scope/budget/change approval request.
 */
export interface ProjectApprovalRequestedV1 {
  event_id?: string;
  event_type: "PROJECT_APPROVAL_REQUESTED";
  payload_schema_ref?: "payload.ProjectApprovalRequested.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectApprovalRequestedV1Data;
}
/**
 * The data of ProjectApprovalGrantedV1.
 */
export interface ProjectApprovalGrantedV1Data {
  tenantId: Id;
  approvalId: Id;
  projectId: Id;
  approvalType: string;
  approvedByUserId: Id;
  approvedAt: Time;
  notes?: string;
}
/**
 * Project Approval Granted: Approval granted.
 */
export interface ProjectApprovalGrantedV1 {
  event_id?: string;
  event_type: "PROJECT_APPROVAL_GRANTED";
  payload_schema_ref?: "payload.ProjectApprovalGranted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectApprovalGrantedV1Data;
}
/**
 * The data of ProjectApprovalRejectedV1.
 */
export interface ProjectApprovalRejectedV1Data {
  tenantId: Id;
  approvalId: Id;
  projectId: Id;
  approvalType: string;
  rejectedByUserId: Id;
  rejectedAt: Time;
  reason?: string;
}
/**
 * Project Approval Rejected: Approval rejected.
 */
export interface ProjectApprovalRejectedV1 {
  event_id?: string;
  event_type: "PROJECT_APPROVAL_REJECTED";
  payload_schema_ref?: "payload.ProjectApprovalRejected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ProjectApprovalRejectedV1Data;
}
/**
 * The data of InvoiceGeneratedV1.
 */
export interface InvoiceGeneratedV1Data {
  tenantId: Id;
  invoiceId: Id;
  clientId?: Id;
  companyId?: Id;
  generatedByUserId?: Id;
  generatedAt?: Time;
}
/**
 * Invoice Generated: An invoice was generated.
 */
export interface InvoiceGeneratedV1 {
  event_id?: string;
  event_type: "INVOICE_GENERATED";
  payload_schema_ref?: "payload.InvoiceGenerated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceGeneratedV1Data;
}
/**
 * The data of InvoiceFinalizedV1.
 */
export interface InvoiceFinalizedV1Data {
  tenantId: Id;
  invoiceId: Id;
  clientId?: Id;
  companyId?: Id;
  finalizedByUserId?: Id;
  finalizedAt?: Time;
}
/**
 * Invoice Finalized: An invoice was finalized.
 */
export interface InvoiceFinalizedV1 {
  event_id?: string;
  event_type: "INVOICE_FINALIZED";
  payload_schema_ref?: "payload.InvoiceFinalized.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceFinalizedV1Data;
}
/**
 * The data of InvoiceSentV1.
 */
export interface InvoiceSentV1Data {
  tenantId: Id;
  invoiceId: Id;
  clientId?: Id;
  companyId?: Id;
  sentByUserId: Id;
  sentAt: Time;
  deliveryMethod: "email" | "portal" | "print";
}
/**
 * Invoice Sent: Invoice delivered to customer.
 */
export interface InvoiceSentV1 {
  event_id?: string;
  event_type: "INVOICE_SENT";
  payload_schema_ref?: "payload.InvoiceSent.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceSentV1Data;
}
/**
 * The data of InvoiceStatusChangedV1.
 */
export interface InvoiceStatusChangedV1Data {
  tenantId: Id;
  invoiceId: Id;
  previousStatus: string;
  newStatus: string;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Invoice Status Changed: Status transition (draft→sent→paid, etc).
 */
export interface InvoiceStatusChangedV1 {
  event_id?: string;
  event_type: "INVOICE_STATUS_CHANGED";
  payload_schema_ref?: "payload.InvoiceStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceStatusChangedV1Data;
}
/**
 * The data of InvoiceDueDateChangedV1.
 */
export interface InvoiceDueDateChangedV1Data {
  tenantId: Id;
  invoiceId: Id;
  previousDueDate: DateValue;
  newDueDate: DateValue;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Invoice Due Date Changed: Due date updated.
 */
export interface InvoiceDueDateChangedV1 {
  event_id?: string;
  event_type: "INVOICE_DUE_DATE_CHANGED";
  payload_schema_ref?: "payload.InvoiceDueDateChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceDueDateChangedV1Data;
}
/**
 * The data of InvoiceOverdueV1.
 */
export interface InvoiceOverdueV1Data {
  tenantId: Id;
  invoiceId: Id;
  clientId?: Id;
  companyId?: Id;
  overdueAt: DateValue;
  dueDate: DateValue;
  amountDue: number;
  currency: Currency;
  daysOverdue: Count;
}
/**
 * Invoice Overdue: Invoice became overdue.
 */
export interface InvoiceOverdueV1 {
  event_id?: string;
  event_type: "INVOICE_OVERDUE";
  payload_schema_ref?: "payload.InvoiceOverdue.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceOverdueV1Data;
}
/**
 * The data of InvoiceWrittenOffV1.
 */
export interface InvoiceWrittenOffV1Data {
  tenantId: Id;
  invoiceId: Id;
  actorUserId: Id;
  writtenOffAt: Time;
  amountWrittenOff: number;
  currency: Currency;
  reason?: string;
}
/**
 * Invoice Written Off: Invoice written off.
 */
export interface InvoiceWrittenOffV1 {
  event_id?: string;
  event_type: "INVOICE_WRITTEN_OFF";
  payload_schema_ref?: "payload.InvoiceWrittenOff.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InvoiceWrittenOffV1Data;
}
/**
 * The data of PaymentRecordedV1.
 */
export interface PaymentRecordedV1Data {
  tenantId: Id;
  paymentId: Id;
  clientId?: Id;
  companyId?: Id;
  receivedAt: Time;
  amount: number;
  currency: Currency;
  method: string;
  receivedByUserId?: Id;
  gatewayTransactionId?: Id;
}
/**
 * Payment Recorded: Payment created/recorded.
 */
export interface PaymentRecordedV1 {
  event_id?: string;
  event_type: "PAYMENT_RECORDED";
  payload_schema_ref?: "payload.PaymentRecorded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: PaymentRecordedV1Data;
}
/**
 * The data of PaymentAppliedV1.
 */
export interface PaymentAppliedV1Data {
  tenantId: Id;
  paymentId: Id;
  appliedAt: Time;
  appliedByUserId: Id;
  applications: {
    invoiceId: Id;
    amountApplied: number;
  }[];
}
/**
 * Payment Applied: Payment applied to invoices.
 */
export interface PaymentAppliedV1 {
  event_id?: string;
  event_type: "PAYMENT_APPLIED";
  payload_schema_ref?: "payload.PaymentApplied.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: PaymentAppliedV1Data;
}
/**
 * The data of PaymentFailedV1.
 */
export interface PaymentFailedV1Data {
  tenantId: Id;
  paymentId?: Id;
  invoiceId?: Id;
  clientId?: Id;
  companyId?: Id;
  failedAt: Time;
  amount: number;
  currency: Currency;
  method: string;
  failureCode?: Code;
  failureMessage?: string;
  retryable?: boolean;
}
/**
 * Payment Failed: Payment attempt failed.
 */
export interface PaymentFailedV1 {
  event_id?: string;
  event_type: "PAYMENT_FAILED";
  payload_schema_ref?: "payload.PaymentFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: PaymentFailedV1Data;
}
/**
 * The data of PaymentRefundedV1.
 */
export interface PaymentRefundedV1Data {
  tenantId: Id;
  paymentId: Id;
  refundedAt: Time;
  refundedByUserId: Id;
  amount: number;
  currency: Currency;
  reason?: string;
}
/**
 * Payment Refunded: Refund issued.
 */
export interface PaymentRefundedV1 {
  event_id?: string;
  event_type: "PAYMENT_REFUNDED";
  payload_schema_ref?: "payload.PaymentRefunded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: PaymentRefundedV1Data;
}
/**
 * The data of CreditNoteCreatedV1.
 */
export interface CreditNoteCreatedV1Data {
  tenantId: Id;
  creditNoteId: Id;
  clientId?: Id;
  companyId?: Id;
  createdByUserId: Id;
  createdAt: Time;
  amount: number;
  currency: Currency;
  status: string;
}
/**
 * Credit Note Created: Credit issued.
 */
export interface CreditNoteCreatedV1 {
  event_id?: string;
  event_type: "CREDIT_NOTE_CREATED";
  payload_schema_ref?: "payload.CreditNoteCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CreditNoteCreatedV1Data;
}
/**
 * The data of CreditNoteAppliedV1.
 */
export interface CreditNoteAppliedV1Data {
  tenantId: Id;
  creditNoteId: Id;
  invoiceId: Id;
  appliedByUserId: Id;
  appliedAt: Time;
  amountApplied: number;
  currency: Currency;
}
/**
 * Credit Note Applied: Credit applied to invoice.
 */
export interface CreditNoteAppliedV1 {
  event_id?: string;
  event_type: "CREDIT_NOTE_APPLIED";
  payload_schema_ref?: "payload.CreditNoteApplied.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CreditNoteAppliedV1Data;
}
/**
 * The data of CreditNoteVoidedV1.
 */
export interface CreditNoteVoidedV1Data {
  tenantId: Id;
  creditNoteId: Id;
  voidedByUserId: Id;
  voidedAt: Time;
  reason?: string;
}
/**
 * Credit Note Voided: Credit voided.
 */
export interface CreditNoteVoidedV1 {
  event_id?: string;
  event_type: "CREDIT_NOTE_VOIDED";
  payload_schema_ref?: "payload.CreditNoteVoided.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CreditNoteVoidedV1Data;
}
/**
 * The data of ContractCreatedV1.
 */
export interface ContractCreatedV1Data {
  tenantId: Id;
  contractId: Id;
  clientId: Id;
  createdByUserId: Id;
  createdAt: Time;
  startDate?: DateValue;
  endDate?: DateValue;
  status?: string;
}
/**
 * Contract Created: Client contract created.
 */
export interface ContractCreatedV1 {
  event_id?: string;
  event_type: "CONTRACT_CREATED";
  payload_schema_ref?: "payload.ContractCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContractCreatedV1Data;
}
/**
 * The data of ContractUpdatedV1.
 */
export interface ContractUpdatedV1Data {
  tenantId: Id;
  contractId: Id;
  clientId: Id;
  actorUserId: Id;
  updatedAt: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Contract Updated: Contract fields changed.
 */
export interface ContractUpdatedV1 {
  event_id?: string;
  event_type: "CONTRACT_UPDATED";
  payload_schema_ref?: "payload.ContractUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContractUpdatedV1Data;
}
/**
 * The data of ContractStatusChangedV1.
 */
export interface ContractStatusChangedV1Data {
  tenantId: Id;
  contractId: Id;
  clientId: Id;
  previousStatus: string;
  newStatus: string;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Contract Status Changed: Contract lifecycle change.
 */
export interface ContractStatusChangedV1 {
  event_id?: string;
  event_type: "CONTRACT_STATUS_CHANGED";
  payload_schema_ref?: "payload.ContractStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContractStatusChangedV1Data;
}
/**
 * The data of ContractRenewalUpcomingV1.
 */
export interface ContractRenewalUpcomingV1Data {
  tenantId: Id;
  contractId: Id;
  clientId: Id;
  renewalAt: DateValue;
  daysUntilRenewal: number;
}
/**
 * Contract Renewal Upcoming: Renewal is approaching.
 */
export interface ContractRenewalUpcomingV1 {
  event_id?: string;
  event_type: "CONTRACT_RENEWAL_UPCOMING";
  payload_schema_ref?: "payload.ContractRenewalUpcoming.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContractRenewalUpcomingV1Data;
}
/**
 * The data of RecurringBillingRunStartedV1.
 */
export interface RecurringBillingRunStartedV1Data {
  tenantId: Id;
  runId: Id;
  scheduleId?: Id;
  startedAt: Time;
  initiatedByUserId?: Id;
}
/**
 * Recurring Billing Run Started: Run begins.
 */
export interface RecurringBillingRunStartedV1 {
  event_id?: string;
  event_type: "RECURRING_BILLING_RUN_STARTED";
  payload_schema_ref?: "payload.RecurringBillingRunStarted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: RecurringBillingRunStartedV1Data;
}
/**
 * The data of RecurringBillingRunCompletedV1.
 */
export interface RecurringBillingRunCompletedV1Data {
  tenantId: Id;
  runId: Id;
  completedAt: Time;
  invoicesCreated: CountOrList;
  failedCount: CountOrList;
  warnings?: Warnings;
}
/**
 * Recurring Billing Run Completed: Run completes.
 */
export interface RecurringBillingRunCompletedV1 {
  event_id?: string;
  event_type: "RECURRING_BILLING_RUN_COMPLETED";
  payload_schema_ref?: "payload.RecurringBillingRunCompleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: RecurringBillingRunCompletedV1Data;
}
/**
 * The data of RecurringBillingRunFailedV1.
 */
export interface RecurringBillingRunFailedV1Data {
  tenantId: Id;
  runId: Id;
  failedAt: Time;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Recurring Billing Run Failed: Run fails.
 */
export interface RecurringBillingRunFailedV1 {
  event_id?: string;
  event_type: "RECURRING_BILLING_RUN_FAILED";
  payload_schema_ref?: "payload.RecurringBillingRunFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: RecurringBillingRunFailedV1Data;
}
/**
 * The data of CompanyCreatedV1.
 */
export interface CompanyCreatedV1Data {
  tenantId: Id;
  companyId: Id;
  companyName?: string;
  createdByUserId?: Id;
  createdAt?: Time;
  status?: string;
}
/**
 * Company Created: A company was created.
 */
export interface CompanyCreatedV1 {
  event_id?: string;
  event_type: "COMPANY_CREATED";
  payload_schema_ref?: "payload.CompanyCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CompanyCreatedV1Data;
}
/**
 * The data of CompanyUpdatedV1.
 */
export interface CompanyUpdatedV1Data {
  tenantId: Id;
  companyId: Id;
  updatedByUserId?: Id;
  updatedAt?: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Company Updated: Company fields changed.
 */
export interface CompanyUpdatedV1 {
  event_id?: string;
  event_type: "COMPANY_UPDATED";
  payload_schema_ref?: "payload.CompanyUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CompanyUpdatedV1Data;
}
/**
 * The data of ClientCreatedV1.
 */
export interface ClientCreatedV1Data {
  tenantId: Id;
  clientId: Id;
  clientName: string;
  createdByUserId: Id;
  createdAt: Time;
  status?: string;
}
/**
 * Client Created: Client/account created.
 */
export interface ClientCreatedV1 {
  event_id?: string;
  event_type: "CLIENT_CREATED";
  payload_schema_ref?: "payload.ClientCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientCreatedV1Data;
}
/**
 * The data of ClientUpdatedV1.
 */
export interface ClientUpdatedV1Data {
  tenantId: Id;
  clientId: Id;
  updatedByUserId: Id;
  updatedAt: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Client Updated: Client fields changed.
 */
export interface ClientUpdatedV1 {
  event_id?: string;
  event_type: "CLIENT_UPDATED";
  payload_schema_ref?: "payload.ClientUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientUpdatedV1Data;
}
/**
 * The data of ClientStatusChangedV1.
 */
export interface ClientStatusChangedV1Data {
  tenantId: Id;
  clientId: Id;
  previousStatus: string;
  newStatus: string;
  actorUserId: Id;
  changedAt: Time;
}
/**
 * Client Status Changed: Lifecycle status transition (prospect→active, etc).
 */
export interface ClientStatusChangedV1 {
  event_id?: string;
  event_type: "CLIENT_STATUS_CHANGED";
  payload_schema_ref?: "payload.ClientStatusChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientStatusChangedV1Data;
}
/**
 * The data of ClientOwnerAssignedV1.
 */
export interface ClientOwnerAssignedV1Data {
  tenantId: Id;
  clientId: Id;
  previousOwnerUserId?: Id;
  newOwnerUserId: Id;
  assignedByUserId: Id;
  assignedAt: Time;
}
/**
 * Client Owner Assigned: Account manager assigned/reassigned.
 */
export interface ClientOwnerAssignedV1 {
  event_id?: string;
  event_type: "CLIENT_OWNER_ASSIGNED";
  payload_schema_ref?: "payload.ClientOwnerAssigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientOwnerAssignedV1Data;
}
/**
 * The data of ClientMergedV1.
 */
export interface ClientMergedV1Data {
  tenantId: Id;
  sourceClientId: Id;
  targetClientId: Id;
  mergedByUserId: Id;
  mergedAt: Time;
  strategy?: unknown;
}
/**
 * Client Merged: Client merged into another.
 */
export interface ClientMergedV1 {
  event_id?: string;
  event_type: "CLIENT_MERGED";
  payload_schema_ref?: "payload.ClientMerged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientMergedV1Data;
}
/**
 * The data of ClientArchivedV1.
 */
export interface ClientArchivedV1Data {
  tenantId: Id;
  clientId: Id;
  archivedByUserId: Id;
  archivedAt: Time;
  reason?: string;
}
/**
 * Client Archived: Client archived/deactivated.
 */
export interface ClientArchivedV1 {
  event_id?: string;
  event_type: "CLIENT_ARCHIVED";
  payload_schema_ref?: "payload.ClientArchived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ClientArchivedV1Data;
}
/**
 * The data of ContactCreatedV1.
 */
export interface ContactCreatedV1Data {
  tenantId: Id;
  contactId: Id;
  clientId: Id;
  fullName: string;
  email?: EmailAddress;
  phoneNumber?: string;
  createdByUserId: Id;
  createdAt: Time;
}
/**
 * Contact Created: Contact added to client.
 */
export interface ContactCreatedV1 {
  event_id?: string;
  event_type: "CONTACT_CREATED";
  payload_schema_ref?: "payload.ContactCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContactCreatedV1Data;
}
/**
 * The data of ContactUpdatedV1.
 */
export interface ContactUpdatedV1Data {
  tenantId: Id;
  contactId: Id;
  clientId: Id;
  updatedByUserId: Id;
  updatedAt: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Contact Updated: Contact fields changed.
 */
export interface ContactUpdatedV1 {
  event_id?: string;
  event_type: "CONTACT_UPDATED";
  payload_schema_ref?: "payload.ContactUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContactUpdatedV1Data;
}
/**
 * The data of ContactPrimarySetV1.
 */
export interface ContactPrimarySetV1Data {
  tenantId: Id;
  clientId: Id;
  contactId: Id;
  previousPrimaryContactId?: Id;
  setByUserId: Id;
  setAt: Time;
}
/**
 * Primary Contact Set: Contact set as client primary/billing.
 */
export interface ContactPrimarySetV1 {
  event_id?: string;
  event_type: "CONTACT_PRIMARY_SET";
  payload_schema_ref?: "payload.ContactPrimarySet.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContactPrimarySetV1Data;
}
/**
 * The data of ContactArchivedV1.
 */
export interface ContactArchivedV1Data {
  tenantId: Id;
  contactId: Id;
  clientId: Id;
  archivedByUserId: Id;
  archivedAt: Time;
  reason?: string;
}
/**
 * Contact Archived: Contact deactivated/archived.
 */
export interface ContactArchivedV1 {
  event_id?: string;
  event_type: "CONTACT_ARCHIVED";
  payload_schema_ref?: "payload.ContactArchived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContactArchivedV1Data;
}
/**
 * The data of ContactMergedV1.
 */
export interface ContactMergedV1Data {
  tenantId: Id;
  sourceContactId: Id;
  targetContactId: Id;
  mergedByUserId: Id;
  mergedAt: Time;
  strategy?: unknown;
}
/**
 * Contact Merged: Contact merged into another.
 */
export interface ContactMergedV1 {
  event_id?: string;
  event_type: "CONTACT_MERGED";
  payload_schema_ref?: "payload.ContactMerged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ContactMergedV1Data;
}
/**
 * The data of InteractionLoggedV1.
 */
export interface InteractionLoggedV1Data {
  tenantId: Id;
  interactionId: Id;
  clientId: Id;
  contactId?: Id;
  interactionType: string;
  channel: string;
  occurredAt: Time;
  loggedByUserId: Id;
  subject?: string;
  outcome?: string;
}
/**
 * Interaction Logged: CRM interaction recorded.
 */
export interface InteractionLoggedV1 {
  event_id?: string;
  event_type: "INTERACTION_LOGGED";
  payload_schema_ref?: "payload.InteractionLogged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InteractionLoggedV1Data;
}
/**
 * The data of NoteCreatedV1.
 */
export interface NoteCreatedV1Data {
  tenantId: Id;
  noteId: Id;
  entityType: "client" | "contact";
  entityId: Id;
  createdByUserId: Id;
  createdAt: Time;
  visibility?: string;
  bodyPreview?: string;
}
/**
 * Note Created: Note attached to client/contact.
 */
export interface NoteCreatedV1 {
  event_id?: string;
  event_type: "NOTE_CREATED";
  payload_schema_ref?: "payload.NoteCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: NoteCreatedV1Data;
}
/**
 * The data of TagDefinitionCreatedV1.
 */
export interface TagDefinitionCreatedV1Data {
  tenantId: Id;
  tagId: Id;
  tagName: string;
  createdByUserId: Id;
  createdAt: Time;
}
/**
 * Tag Definition Created: New tag created.
 */
export interface TagDefinitionCreatedV1 {
  event_id?: string;
  event_type: "TAG_DEFINITION_CREATED";
  payload_schema_ref?: "payload.TagDefinitionCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TagDefinitionCreatedV1Data;
}
/**
 * The data of TagDefinitionUpdatedV1.
 */
export interface TagDefinitionUpdatedV1Data {
  tenantId: Id;
  tagId: Id;
  previousName?: string;
  newName?: string;
  updatedByUserId: Id;
  updatedAt: Time;
}
/**
 * Tag Definition Updated: Tag definition changed.
 */
export interface TagDefinitionUpdatedV1 {
  event_id?: string;
  event_type: "TAG_DEFINITION_UPDATED";
  payload_schema_ref?: "payload.TagDefinitionUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TagDefinitionUpdatedV1Data;
}
/**
 * The data of TagAppliedV1.
 */
export interface TagAppliedV1Data {
  tenantId: Id;
  tagId: Id;
  entityType: string;
  entityId: Id;
  appliedByUserId: Id;
  appliedAt: Time;
}
/**
 * Tag Applied: Tag applied to entity.
 */
export interface TagAppliedV1 {
  event_id?: string;
  event_type: "TAG_APPLIED";
  payload_schema_ref?: "payload.TagApplied.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TagAppliedV1Data;
}
/**
 * The data of TagRemovedV1.
 */
export interface TagRemovedV1Data {
  tenantId: Id;
  tagId: Id;
  entityType: string;
  entityId: Id;
  removedByUserId: Id;
  removedAt: Time;
}
/**
 * Tag Removed: Tag removed from entity.
 */
export interface TagRemovedV1 {
  event_id?: string;
  event_type: "TAG_REMOVED";
  payload_schema_ref?: "payload.TagRemoved.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: TagRemovedV1Data;
}
/**
 * The data of DocumentUploadedV1.
 */
export interface DocumentUploadedV1Data {
  tenantId: Id;
  documentId: Id;
  uploadedByUserId: Id;
  uploadedAt: Time;
  fileName: string;
  contentType: string;
  sizeBytes: Count;
  storageKey: string;
}
/**
 * Document Uploaded: Document uploaded into storage.
 */
export interface DocumentUploadedV1 {
  event_id?: string;
  event_type: "DOCUMENT_UPLOADED";
  payload_schema_ref?: "payload.DocumentUploaded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentUploadedV1Data;
}
/**
 * The data of DocumentDeletedV1.
 */
export interface DocumentDeletedV1Data {
  tenantId: Id;
  documentId: Id;
  deletedByUserId: Id;
  deletedAt: Time;
  reason?: string;
}
/**
 * Document Deleted: Document removed.
 */
export interface DocumentDeletedV1 {
  event_id?: string;
  event_type: "DOCUMENT_DELETED";
  payload_schema_ref?: "payload.DocumentDeleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentDeletedV1Data;
}
/**
 * The data of DocumentAssociatedV1.
 */
export interface DocumentAssociatedV1Data {
  tenantId: Id;
  documentId: Id;
  entityType: string;
  entityId: Id;
  associatedByUserId: Id;
  associatedAt: Time;
}
/**
 * Document Associated: Document associated to an entity.
 */
export interface DocumentAssociatedV1 {
  event_id?: string;
  event_type: "DOCUMENT_ASSOCIATED";
  payload_schema_ref?: "payload.DocumentAssociated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentAssociatedV1Data;
}
/**
 * The data of DocumentDetachedV1.
 */
export interface DocumentDetachedV1Data {
  tenantId: Id;
  documentId: Id;
  entityType: string;
  entityId: Id;
  detachedByUserId: Id;
  detachedAt: Time;
  reason?: string;
}
/**
 * Document Detached: Document association removed.
 */
export interface DocumentDetachedV1 {
  event_id?: string;
  event_type: "DOCUMENT_DETACHED";
  payload_schema_ref?: "payload.DocumentDetached.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentDetachedV1Data;
}
/**
 * The data of DocumentGeneratedV1.
 */
export interface DocumentGeneratedV1Data {
  tenantId: Id;
  documentId: Id;
  sourceType: string;
  sourceId: Id;
  generatedByUserId?: Id;
  generatedAt: Time;
  fileName: string;
}
/**
 * Document Generated: System-generated document created (invoice/PDF/etc).
 */
export interface DocumentGeneratedV1 {
  event_id?: string;
  event_type: "DOCUMENT_GENERATED";
  payload_schema_ref?: "payload.DocumentGenerated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentGeneratedV1Data;
}
/**
 * The data of DocumentSignatureRequestedV1.
 */
export interface DocumentSignatureRequestedV1Data {
  tenantId: Id;
  documentId: Id;
  requestId: Id;
  requestedByUserId: Id;
  requestedAt: Time;
  signers: {
    email: EmailAddress;
    name?: string;
  }[];
  expiresAt?: DateValue;
}
/**
 * Document Signature Requested: Signature requested.
 */
export interface DocumentSignatureRequestedV1 {
  event_id?: string;
  event_type: "DOCUMENT_SIGNATURE_REQUESTED";
  payload_schema_ref?: "payload.DocumentSignatureRequested.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentSignatureRequestedV1Data;
}
/**
 * The data of DocumentSignedV1.
 */
export interface DocumentSignedV1Data {
  tenantId: Id;
  documentId: Id;
  requestId: Id;
  signedAt: Time;
  signerEmail?: EmailAddress;
  signerId?: Id;
}
/**
 * Document Signed: Document fully signed.
 */
export interface DocumentSignedV1 {
  event_id?: string;
  event_type: "DOCUMENT_SIGNED";
  payload_schema_ref?: "payload.DocumentSigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentSignedV1Data;
}
/**
 * The data of DocumentSignatureExpiredV1.
 */
export interface DocumentSignatureExpiredV1Data {
  tenantId: Id;
  documentId: Id;
  requestId: Id;
  expiredAt: Time;
}
/**
 * Document Signature Expired: Signature request expired.
 */
export interface DocumentSignatureExpiredV1 {
  event_id?: string;
  event_type: "DOCUMENT_SIGNATURE_EXPIRED";
  payload_schema_ref?: "payload.DocumentSignatureExpired.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: DocumentSignatureExpiredV1Data;
}
/**
 * The data of InboundEmailReceivedV1.
 */
export interface InboundEmailReceivedV1Data {
  tenantId: Id;
  messageId?: Id;
  threadId?: Id;
  from?: Mailbox;
  to?: Mailbox[];
  cc?: Mailbox[];
  subject?: string;
  receivedAt?: Time;
  provider?: string;
}
/**
 * Inbound Email Received: An email was received.
 */
export interface InboundEmailReceivedV1 {
  event_id?: string;
  event_type: "INBOUND_EMAIL_RECEIVED";
  payload_schema_ref?: "payload.InboundEmailReceived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InboundEmailReceivedV1Data;
}
/**
 * The data of EmailProviderConnectedV1.
 */
export interface EmailProviderConnectedV1Data {
  tenantId: Id;
  providerId?: Id;
  provider?: string;
  connectedByUserId?: Id;
  connectedAt?: Time;
}
/**
 * Email Provider Connected: An email provider was connected.
 */
export interface EmailProviderConnectedV1 {
  event_id?: string;
  event_type: "EMAIL_PROVIDER_CONNECTED";
  payload_schema_ref?: "payload.EmailProviderConnected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailProviderConnectedV1Data;
}
/**
 * The data of EmailProviderDisconnectedV1.
 */
export interface EmailProviderDisconnectedV1Data {
  tenantId: Id;
  providerId?: Id;
  provider?: string;
  disconnectedByUserId?: Id;
  disconnectedAt?: Time;
  reason?: string;
}
/**
 * Email Provider Disconnected: An email provider was disconnected.
 */
export interface EmailProviderDisconnectedV1 {
  event_id?: string;
  event_type: "EMAIL_PROVIDER_DISCONNECTED";
  payload_schema_ref?: "payload.EmailProviderDisconnected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailProviderDisconnectedV1Data;
}
/**
 * The data of InboundEmailReplyReceivedV1.
 */
export interface InboundEmailReplyReceivedV1Data {
  tenantId: Id;
  messageId: Id;
  threadId: Id;
  ticketId?: Id;
  from: Mailbox;
  to: Mailbox[];
  subject: string;
  receivedAt: Time;
  provider: string;
  matchedBy: string;
}
/**
 * Inbound Email Reply Received: Inbound email identified as reply to existing thread/ticket.
 */
export interface InboundEmailReplyReceivedV1 {
  event_id?: string;
  event_type: "INBOUND_EMAIL_REPLY_RECEIVED";
  payload_schema_ref?: "payload.InboundEmailReplyReceived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: InboundEmailReplyReceivedV1Data;
}
/**
 * The data of OutboundEmailQueuedV1.
 */
export interface OutboundEmailQueuedV1Data {
  tenantId: Id;
  messageId: Id;
  threadId?: Id;
  ticketId?: Id;
  from: Mailbox;
  to: Mailbox[];
  cc?: Mailbox[];
  subject: string;
  queuedAt: Time;
  provider: string;
}
/**
 * Outbound Email Queued: Outbound email queued for sending.
 */
export interface OutboundEmailQueuedV1 {
  event_id?: string;
  event_type: "OUTBOUND_EMAIL_QUEUED";
  payload_schema_ref?: "payload.OutboundEmailQueued.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: OutboundEmailQueuedV1Data;
}
/**
 * The data of OutboundEmailSentV1.
 */
export interface OutboundEmailSentV1Data {
  tenantId: Id;
  messageId: Id;
  providerMessageId: Id;
  threadId?: Id;
  ticketId?: Id;
  sentAt: Time;
  provider: string;
}
/**
 * Outbound Email Sent: Provider accepted outbound email.
 */
export interface OutboundEmailSentV1 {
  event_id?: string;
  event_type: "OUTBOUND_EMAIL_SENT";
  payload_schema_ref?: "payload.OutboundEmailSent.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: OutboundEmailSentV1Data;
}
/**
 * The data of OutboundEmailFailedV1.
 */
export interface OutboundEmailFailedV1Data {
  tenantId: Id;
  messageId: Id;
  threadId?: Id;
  ticketId?: Id;
  failedAt: Time;
  provider: string;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Outbound Email Failed: Provider rejected/failed outbound email.
 */
export interface OutboundEmailFailedV1 {
  event_id?: string;
  event_type: "OUTBOUND_EMAIL_FAILED";
  payload_schema_ref?: "payload.OutboundEmailFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: OutboundEmailFailedV1Data;
}
/**
 * The data of EmailDeliveredV1.
 */
export interface EmailDeliveredV1Data {
  tenantId: Id;
  messageId: Id;
  providerMessageId: Id;
  to: Mailbox;
  deliveredAt: Time;
  provider: string;
}
/**
 * Email Delivered: Provider confirmed delivery.
 */
export interface EmailDeliveredV1 {
  event_id?: string;
  event_type: "EMAIL_DELIVERED";
  payload_schema_ref?: "payload.EmailDelivered.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailDeliveredV1Data;
}
/**
 * The data of EmailBouncedV1.
 */
export interface EmailBouncedV1Data {
  tenantId: Id;
  messageId: Id;
  providerMessageId: Id;
  to: Mailbox;
  bouncedAt: Time;
  bounceType: "hard" | "soft";
  smtpCode?: Code;
  smtpMessage?: string;
}
/**
 * Email Bounced: Provider reported bounce.
 */
export interface EmailBouncedV1 {
  event_id?: string;
  event_type: "EMAIL_BOUNCED";
  payload_schema_ref?: "payload.EmailBounced.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailBouncedV1Data;
}
/**
 * The data of EmailComplaintReceivedV1.
 */
export interface EmailComplaintReceivedV1Data {
  tenantId: Id;
  messageId: Id;
  providerMessageId: Id;
  to: Mailbox;
  complainedAt: Time;
  provider: string;
  complaintType?: string;
}
/**
 * Email Complaint Received: Recipient complaint/spam report.
 */
export interface EmailComplaintReceivedV1 {
  event_id?: string;
  event_type: "EMAIL_COMPLAINT_RECEIVED";
  payload_schema_ref?: "payload.EmailComplaintReceived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailComplaintReceivedV1Data;
}
/**
 * The data of EmailUnsubscribedV1.
 */
export interface EmailUnsubscribedV1Data {
  tenantId: Id;
  recipientEmail: EmailAddress;
  unsubscribedAt: Time;
  source: string;
  messageId?: Id;
}
/**
 * Email Unsubscribed: Recipient unsubscribed.
 */
export interface EmailUnsubscribedV1 {
  event_id?: string;
  event_type: "EMAIL_UNSUBSCRIBED";
  payload_schema_ref?: "payload.EmailUnsubscribed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: EmailUnsubscribedV1Data;
}
/**
 * The data of NotificationSentV1.
 */
export interface NotificationSentV1Data {
  tenantId: Id;
  notificationId: Id;
  channel: NotificationChannel;
  recipientId: Id;
  sentAt: Time;
  templateId?: Id;
  contextType?: string;
  contextId?: Id;
}
/**
 * Notification Sent: Notification queued/sent.
 */
export interface NotificationSentV1 {
  event_id?: string;
  event_type: "NOTIFICATION_SENT";
  payload_schema_ref?: "payload.NotificationSent.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: NotificationSentV1Data;
}
/**
 * The data of NotificationDeliveredV1.
 */
export interface NotificationDeliveredV1Data {
  tenantId: Id;
  notificationId: Id;
  channel: NotificationChannel;
  recipientId: Id;
  deliveredAt: Time;
  providerMessageId?: Id;
}
/**
 * Notification Delivered: Provider confirmed delivery.
 */
export interface NotificationDeliveredV1 {
  event_id?: string;
  event_type: "NOTIFICATION_DELIVERED";
  payload_schema_ref?: "payload.NotificationDelivered.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: NotificationDeliveredV1Data;
}
/**
 * The data of NotificationFailedV1.
 */
export interface NotificationFailedV1Data {
  tenantId: Id;
  notificationId: Id;
  channel: NotificationChannel;
  recipientId: Id;
  failedAt: Time;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Notification Failed: Delivery failed.
 */
export interface NotificationFailedV1 {
  event_id?: string;
  event_type: "NOTIFICATION_FAILED";
  payload_schema_ref?: "payload.NotificationFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: NotificationFailedV1Data;
}
/**
 * The data of NotificationReadV1.
 */
export interface NotificationReadV1Data {
  tenantId: Id;
  notificationId: Id;
  channel: NotificationChannel;
  recipientId: Id;
  readAt: Time;
  client?: unknown;
}
/**
 * Notification Read: Recipient opened/read notification (trackable channels only).
 */
export interface NotificationReadV1 {
  event_id?: string;
  event_type: "NOTIFICATION_READ";
  payload_schema_ref?: "payload.NotificationRead.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: NotificationReadV1Data;
}
/**
 * The data of SurveySentV1.
 */
export interface SurveySentV1Data {
  tenantId: Id;
  surveyId: Id;
  surveyType: "csat" | "nps" | "custom";
  recipientId: Id;
  ticketId?: Id;
  sentAt: Time;
  channel: string;
  templateId?: Id;
}
/**
 * Survey Sent: Survey/CSAT request sent.
 */
export interface SurveySentV1 {
  event_id?: string;
  event_type: "SURVEY_SENT";
  payload_schema_ref?: "payload.SurveySent.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: SurveySentV1Data;
}
/**
 * The data of SurveyResponseReceivedV1.
 */
export interface SurveyResponseReceivedV1Data {
  tenantId: Id;
  surveyId: Id;
  responseId: Id;
  recipientId: Id;
  ticketId?: Id;
  respondedAt: Time;
  score: number;
  comment?: string;
}
/**
 * Survey Response Received: Survey response recorded.
 */
export interface SurveyResponseReceivedV1 {
  event_id?: string;
  event_type: "SURVEY_RESPONSE_RECEIVED";
  payload_schema_ref?: "payload.SurveyResponseReceived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: SurveyResponseReceivedV1Data;
}
/**
 * The data of SurveyReminderSentV1.
 */
export interface SurveyReminderSentV1Data {
  tenantId: Id;
  surveyId: Id;
  recipientId: Id;
  ticketId?: Id;
  sentAt: Time;
  channel: string;
  reminderNumber: number;
}
/**
 * Survey Reminder Sent: Reminder sent.
 */
export interface SurveyReminderSentV1 {
  event_id?: string;
  event_type: "SURVEY_REMINDER_SENT";
  payload_schema_ref?: "payload.SurveyReminderSent.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: SurveyReminderSentV1Data;
}
/**
 * The data of SurveyExpiredV1.
 */
export interface SurveyExpiredV1Data {
  tenantId: Id;
  surveyId: Id;
  recipientId: Id;
  ticketId?: Id;
  expiredAt: Time;
}
/**
 * Survey Expired: Survey expired without response.
 */
export interface SurveyExpiredV1 {
  event_id?: string;
  event_type: "SURVEY_EXPIRED";
  payload_schema_ref?: "payload.SurveyExpired.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: SurveyExpiredV1Data;
}
/**
 * The data of CsatAlertTriggeredV1.
 */
export interface CsatAlertTriggeredV1Data {
  tenantId: Id;
  window: "daily" | "weekly" | "monthly";
  score: number;
  baseline?: number;
  delta?: number;
  threshold: number;
  triggeredAt: Time;
  scopeType: "agent" | "team" | "org";
  scopeId?: Id;
}
/**
 * CSAT Alert Triggered: CSAT dropped / low score alert.
 */
export interface CsatAlertTriggeredV1 {
  event_id?: string;
  event_type: "CSAT_ALERT_TRIGGERED";
  payload_schema_ref?: "payload.CsatAlertTriggered.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: CsatAlertTriggeredV1Data;
}
/**
 * The data of IntegrationSyncStartedV1.
 */
export interface IntegrationSyncStartedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId?: Id;
  syncId: Id;
  scope?: unknown;
  initiatedByUserId?: Id;
  startedAt: Time;
}
/**
 * Integration Sync Started: Sync job begins.
 */
export interface IntegrationSyncStartedV1 {
  event_id?: string;
  event_type: "INTEGRATION_SYNC_STARTED";
  payload_schema_ref?: "payload.IntegrationSyncStarted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationSyncStartedV1Data;
}
/**
 * The data of IntegrationSyncCompletedV1.
 */
export interface IntegrationSyncCompletedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId?: Id;
  syncId: Id;
  startedAt: Time;
  completedAt: Time;
  durationMs: Duration;
  summary: {
    created: Count;
    updated: Count;
    deleted: Count;
    skipped: Count;
  };
  warnings?: Warnings;
}
/**
 * Integration Sync Completed: Sync finishes successfully.
 */
export interface IntegrationSyncCompletedV1 {
  event_id?: string;
  event_type: "INTEGRATION_SYNC_COMPLETED";
  payload_schema_ref?: "payload.IntegrationSyncCompleted.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationSyncCompletedV1Data;
}
/**
 * The data of IntegrationSyncFailedV1.
 */
export interface IntegrationSyncFailedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId?: Id;
  syncId: Id;
  startedAt: Time;
  failedAt: Time;
  durationMs: Duration;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Integration Sync Failed: Sync fails.
 */
export interface IntegrationSyncFailedV1 {
  event_id?: string;
  event_type: "INTEGRATION_SYNC_FAILED";
  payload_schema_ref?: "payload.IntegrationSyncFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationSyncFailedV1Data;
}
/**
 * The data of IntegrationWebhookReceivedV1.
 */
export interface IntegrationWebhookReceivedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId?: Id;
  webhookId: Id;
  eventName: string;
  receivedAt: Time;
  rawPayloadRef?: string;
}
/**
 * Integration Webhook Received: Webhook received.
 */
export interface IntegrationWebhookReceivedV1 {
  event_id?: string;
  event_type: "INTEGRATION_WEBHOOK_RECEIVED";
  payload_schema_ref?: "payload.IntegrationWebhookReceived.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationWebhookReceivedV1Data;
}
/**
 * The data of IntegrationConnectedV1.
 */
export interface IntegrationConnectedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId: Id;
  connectedAt: Time;
  connectedByUserId?: Id;
}
/**
 * Integration Connected: Connection established.
 */
export interface IntegrationConnectedV1 {
  event_id?: string;
  event_type: "INTEGRATION_CONNECTED";
  payload_schema_ref?: "payload.IntegrationConnected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationConnectedV1Data;
}
/**
 * The data of IntegrationDisconnectedV1.
 */
export interface IntegrationDisconnectedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId: Id;
  disconnectedAt: Time;
  disconnectedByUserId?: Id;
  reason?: string;
}
/**
 * Integration Disconnected: Connection removed/invalidated.
 */
export interface IntegrationDisconnectedV1 {
  event_id?: string;
  event_type: "INTEGRATION_DISCONNECTED";
  payload_schema_ref?: "payload.IntegrationDisconnected.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationDisconnectedV1Data;
}
/**
 * The data of IntegrationTokenExpiringV1.
 */
export interface IntegrationTokenExpiringV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId: Id;
  expiresAt: DateValue;
  daysUntilExpiry: number;
  notifiedAt: Time;
}
/**
 * Integration Token Expiring: OAuth token nearing expiration.
 */
export interface IntegrationTokenExpiringV1 {
  event_id?: string;
  event_type: "INTEGRATION_TOKEN_EXPIRING";
  payload_schema_ref?: "payload.IntegrationTokenExpiring.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationTokenExpiringV1Data;
}
/**
 * The data of IntegrationTokenRefreshFailedV1.
 */
export interface IntegrationTokenRefreshFailedV1Data {
  tenantId: Id;
  integrationId: Id;
  provider: string;
  connectionId: Id;
  failedAt: Time;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Integration Token Refresh Failed: Refresh failed.
 */
export interface IntegrationTokenRefreshFailedV1 {
  event_id?: string;
  event_type: "INTEGRATION_TOKEN_REFRESH_FAILED";
  payload_schema_ref?: "payload.IntegrationTokenRefreshFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: IntegrationTokenRefreshFailedV1Data;
}
/**
 * The data of ExternalMappingChangedV1.
 */
export interface ExternalMappingChangedV1Data {
  tenantId: Id;
  provider: string;
  mappingType: string;
  mappingId: Id;
  actorUserId: Id;
  changedAt: Time;
  previousValue?: unknown;
  newValue?: unknown;
}
/**
 * External Mapping Changed: External mapping updated (accounts/tax/service catalog).
 */
export interface ExternalMappingChangedV1 {
  event_id?: string;
  event_type: "EXTERNAL_MAPPING_CHANGED";
  payload_schema_ref?: "payload.ExternalMappingChanged.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: ExternalMappingChangedV1Data;
}
/**
 * The data of AssetCreatedV1.
 */
export interface AssetCreatedV1Data {
  tenantId: Id;
  assetId: Id;
  clientId?: Id;
  createdByUserId: Id;
  createdAt: Time;
  assetType?: string;
  serialNumber?: string;
}
/**
 * Asset Created: Asset record created.
 */
export interface AssetCreatedV1 {
  event_id?: string;
  event_type: "ASSET_CREATED";
  payload_schema_ref?: "payload.AssetCreated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AssetCreatedV1Data;
}
/**
 * The data of AssetUpdatedV1.
 */
export interface AssetUpdatedV1Data {
  tenantId: Id;
  assetId: Id;
  updatedByUserId: Id;
  updatedAt: Time;
  updatedFields?: Names;
  changes?: Changes;
}
/**
 * Asset Updated: Asset fields changed.
 */
export interface AssetUpdatedV1 {
  event_id?: string;
  event_type: "ASSET_UPDATED";
  payload_schema_ref?: "payload.AssetUpdated.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AssetUpdatedV1Data;
}
/**
 * The data of AssetAssignedV1.
 */
export interface AssetAssignedV1Data {
  tenantId: Id;
  assetId: Id;
  previousOwnerType?: string;
  previousOwnerId?: Id;
  newOwnerType: string;
  newOwnerId: Id;
  actorUserId: Id;
  assignedAt: Time;
}
/**
 * Asset Assigned: Asset assigned to client/contact/site.
 */
export interface AssetAssignedV1 {
  event_id?: string;
  event_type: "ASSET_ASSIGNED";
  payload_schema_ref?: "payload.AssetAssigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AssetAssignedV1Data;
}
/**
 * The data of AssetUnassignedV1.
 */
export interface AssetUnassignedV1Data {
  tenantId: Id;
  assetId: Id;
  previousOwnerType: string;
  previousOwnerId: Id;
  actorUserId: Id;
  unassignedAt: Time;
  reason?: string;
}
/**
 * Asset Unassigned: Asset unassigned.
 */
export interface AssetUnassignedV1 {
  event_id?: string;
  event_type: "ASSET_UNASSIGNED";
  payload_schema_ref?: "payload.AssetUnassigned.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AssetUnassignedV1Data;
}
/**
 * The data of AssetWarrantyExpiringV1.
 */
export interface AssetWarrantyExpiringV1Data {
  tenantId: Id;
  assetId: Id;
  expiresAt: DateValue;
  daysUntilExpiry: number;
  clientId?: Id;
}
/**
 * Asset Warranty Expiring: Warranty approaching expiration.
 */
export interface AssetWarrantyExpiringV1 {
  event_id?: string;
  event_type: "ASSET_WARRANTY_EXPIRING";
  payload_schema_ref?: "payload.AssetWarrantyExpiring.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: AssetWarrantyExpiringV1Data;
}
/**
 * The data of FileUploadedV1.
 */
export interface FileUploadedV1Data {
  tenantId: Id;
  fileId: Id;
  uploadedByUserId: Id;
  uploadedAt: Time;
  fileName: string;
  contentType: string;
  sizeBytes: Count;
  storageKey: string;
}
/**
 * File Uploaded: File uploaded to media pipeline.
 */
export interface FileUploadedV1 {
  event_id?: string;
  event_type: "FILE_UPLOADED";
  payload_schema_ref?: "payload.FileUploaded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: FileUploadedV1Data;
}
/**
 * The data of MediaProcessingSucceededV1.
 */
export interface MediaProcessingSucceededV1Data {
  tenantId: Id;
  fileId: Id;
  processedAt: Time;
  outputs?: unknown;
  durationMs: Duration;
}
/**
 * Media Processing Succeeded: Processing complete (thumbnails/virus scan).
 */
export interface MediaProcessingSucceededV1 {
  event_id?: string;
  event_type: "MEDIA_PROCESSING_SUCCEEDED";
  payload_schema_ref?: "payload.MediaProcessingSucceeded.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: MediaProcessingSucceededV1Data;
}
/**
 * The data of MediaProcessingFailedV1.
 */
export interface MediaProcessingFailedV1Data {
  tenantId: Id;
  fileId: Id;
  failedAt: Time;
  errorCode?: Code;
  errorMessage: string;
  retryable?: boolean;
}
/**
 * Media Processing Failed: Processing failed.
 */
export interface MediaProcessingFailedV1 {
  event_id?: string;
  event_type: "MEDIA_PROCESSING_FAILED";
  payload_schema_ref?: "payload.MediaProcessingFailed.v1";
  version?: "v1";
  timestamp?: string;
  correlation_id?: string;
  metadata?: {
    [k: string]: unknown;
  };
  payload: MediaProcessingFailedV1Data;
}

/** The body of a delivery in the format `standard`. */
export interface StandardEvent<Type extends string, Version extends string, Data> {
  id: string;
  type: Type;
  version: Version;
  /** ISO 8601 UTC. */
  timestamp: string;
  tenantId: string;
  source?: string;
  userId?: string;
  correlationId?: string;
  metadata?: Record<string, unknown>;
  data: Data;
}

/** What an endpoint of the format `standard` receives: switch over `type`, then `version`. */
export type AlgaPsaEvent =
  | StandardEvent<"TICKET_CREATED", "v1", TicketCreatedV1Data>
  | StandardEvent<"TICKET_UPDATED", "v1", TicketUpdatedV1Data>
  | StandardEvent<"TICKET_CLOSED", "v1", TicketClosedV1Data>
  | StandardEvent<"TICKET_RESPONSE_STATE_CHANGED", "v1", TicketResponseStateChangedV1Data>
  | StandardEvent<"TICKET_STATUS_CHANGED", "v1", TicketStatusChangedV1Data>
  | StandardEvent<"TICKET_PRIORITY_CHANGED", "v1", TicketPriorityChangedV1Data>
  | StandardEvent<"TICKET_ASSIGNED", "v1", TicketAssignedV1Data>
  | StandardEvent<"TICKET_UNASSIGNED", "v1", TicketUnassignedV1Data>
  | StandardEvent<"TICKET_REOPENED", "v1", TicketReopenedV1Data>
  | StandardEvent<"TICKET_MERGED", "v1", TicketMergedV1Data>
  | StandardEvent<"TICKET_SPLIT", "v1", TicketSplitV1Data>
  | StandardEvent<"TICKET_TAGS_CHANGED", "v1", TicketTagsChangedV1Data>
  | StandardEvent<"TICKET_QUEUE_CHANGED", "v1", TicketQueueChangedV1Data>
  | StandardEvent<"TICKET_ESCALATED", "v1", TicketEscalatedV1Data>
  | StandardEvent<"TICKET_MESSAGE_ADDED", "v1", TicketMessageAddedV1Data>
  | StandardEvent<"TICKET_CUSTOMER_REPLIED", "v1", TicketCustomerRepliedV1Data>
  | StandardEvent<"TICKET_INTERNAL_NOTE_ADDED", "v1", TicketInternalNoteAddedV1Data>
  | StandardEvent<"TICKET_TIME_ENTRY_ADDED", "v1", TicketTimeEntryAddedV1Data>
  | StandardEvent<"TICKET_SLA_STAGE_ENTERED", "v1", TicketSlaStageEnteredV1Data>
  | StandardEvent<"TICKET_SLA_STAGE_MET", "v1", TicketSlaStageMetV1Data>
  | StandardEvent<"TICKET_SLA_STAGE_BREACHED", "v1", TicketSlaStageBreachedV1Data>
  | StandardEvent<"TICKET_APPROVAL_REQUESTED", "v1", TicketApprovalRequestedV1Data>
  | StandardEvent<"TICKET_APPROVAL_GRANTED", "v1", TicketApprovalGrantedV1Data>
  | StandardEvent<"TICKET_APPROVAL_REJECTED", "v1", TicketApprovalRejectedV1Data>
  | StandardEvent<"APPOINTMENT_CREATED", "v1", AppointmentCreatedV1Data>
  | StandardEvent<"APPOINTMENT_RESCHEDULED", "v1", AppointmentRescheduledV1Data>
  | StandardEvent<"APPOINTMENT_CANCELED", "v1", AppointmentCanceledV1Data>
  | StandardEvent<"APPOINTMENT_COMPLETED", "v1", AppointmentCompletedV1Data>
  | StandardEvent<"APPOINTMENT_NO_SHOW", "v1", AppointmentNoShowV1Data>
  | StandardEvent<"APPOINTMENT_ASSIGNED", "v1", AppointmentAssignedV1Data>
  | StandardEvent<"SCHEDULE_BLOCK_CREATED", "v1", ScheduleBlockCreatedV1Data>
  | StandardEvent<"SCHEDULE_BLOCK_DELETED", "v1", ScheduleBlockDeletedV1Data>
  | StandardEvent<"CAPACITY_THRESHOLD_REACHED", "v1", CapacityThresholdReachedV1Data>
  | StandardEvent<"TECHNICIAN_DISPATCHED", "v1", TechnicianDispatchedV1Data>
  | StandardEvent<"TECHNICIAN_EN_ROUTE", "v1", TechnicianEnRouteV1Data>
  | StandardEvent<"TECHNICIAN_ARRIVED", "v1", TechnicianArrivedV1Data>
  | StandardEvent<"TECHNICIAN_CHECKED_OUT", "v1", TechnicianCheckedOutV1Data>
  | StandardEvent<"PROJECT_CREATED", "v1", ProjectCreatedV1Data>
  | StandardEvent<"PROJECT_UPDATED", "v1", ProjectUpdatedV1Data>
  | StandardEvent<"PROJECT_STATUS_CHANGED", "v1", ProjectStatusChangedV1Data>
  | StandardEvent<"PROJECT_TASK_CREATED", "v1", ProjectTaskCreatedV1Data>
  | StandardEvent<"PROJECT_TASK_ASSIGNED", "v1", ProjectTaskAssignedV1Data>
  | StandardEvent<"PROJECT_TASK_STATUS_CHANGED", "v1", ProjectTaskStatusChangedV1Data>
  | StandardEvent<"PROJECT_TASK_COMPLETED", "v1", ProjectTaskCompletedV1Data>
  | StandardEvent<"PROJECT_TASK_DEPENDENCY_BLOCKED", "v1", ProjectTaskDependencyBlockedV1Data>
  | StandardEvent<"PROJECT_TASK_DEPENDENCY_UNBLOCKED", "v1", ProjectTaskDependencyUnblockedV1Data>
  | StandardEvent<"PROJECT_APPROVAL_REQUESTED", "v1", ProjectApprovalRequestedV1Data>
  | StandardEvent<"PROJECT_APPROVAL_GRANTED", "v1", ProjectApprovalGrantedV1Data>
  | StandardEvent<"PROJECT_APPROVAL_REJECTED", "v1", ProjectApprovalRejectedV1Data>
  | StandardEvent<"INVOICE_GENERATED", "v1", InvoiceGeneratedV1Data>
  | StandardEvent<"INVOICE_FINALIZED", "v1", InvoiceFinalizedV1Data>
  | StandardEvent<"INVOICE_SENT", "v1", InvoiceSentV1Data>
  | StandardEvent<"INVOICE_STATUS_CHANGED", "v1", InvoiceStatusChangedV1Data>
  | StandardEvent<"INVOICE_DUE_DATE_CHANGED", "v1", InvoiceDueDateChangedV1Data>
  | StandardEvent<"INVOICE_OVERDUE", "v1", InvoiceOverdueV1Data>
  | StandardEvent<"INVOICE_WRITTEN_OFF", "v1", InvoiceWrittenOffV1Data>
  | StandardEvent<"PAYMENT_RECORDED", "v1", PaymentRecordedV1Data>
  | StandardEvent<"PAYMENT_APPLIED", "v1", PaymentAppliedV1Data>
  | StandardEvent<"PAYMENT_FAILED", "v1", PaymentFailedV1Data>
  | StandardEvent<"PAYMENT_REFUNDED", "v1", PaymentRefundedV1Data>
  | StandardEvent<"CREDIT_NOTE_CREATED", "v1", CreditNoteCreatedV1Data>
  | StandardEvent<"CREDIT_NOTE_APPLIED", "v1", CreditNoteAppliedV1Data>
  | StandardEvent<"CREDIT_NOTE_VOIDED", "v1", CreditNoteVoidedV1Data>
  | StandardEvent<"CONTRACT_CREATED", "v1", ContractCreatedV1Data>
  | StandardEvent<"CONTRACT_UPDATED", "v1", ContractUpdatedV1Data>
  | StandardEvent<"CONTRACT_STATUS_CHANGED", "v1", ContractStatusChangedV1Data>
  | StandardEvent<"CONTRACT_RENEWAL_UPCOMING", "v1", ContractRenewalUpcomingV1Data>
  | StandardEvent<"RECURRING_BILLING_RUN_STARTED", "v1", RecurringBillingRunStartedV1Data>
  | StandardEvent<"RECURRING_BILLING_RUN_COMPLETED", "v1", RecurringBillingRunCompletedV1Data>
  | StandardEvent<"RECURRING_BILLING_RUN_FAILED", "v1", RecurringBillingRunFailedV1Data>
  | StandardEvent<"COMPANY_CREATED", "v1", CompanyCreatedV1Data>
  | StandardEvent<"COMPANY_UPDATED", "v1", CompanyUpdatedV1Data>
  | StandardEvent<"CLIENT_CREATED", "v1", ClientCreatedV1Data>
  | StandardEvent<"CLIENT_UPDATED", "v1", ClientUpdatedV1Data>
  | StandardEvent<"CLIENT_STATUS_CHANGED", "v1", ClientStatusChangedV1Data>
  | StandardEvent<"CLIENT_OWNER_ASSIGNED", "v1", ClientOwnerAssignedV1Data>
  | StandardEvent<"CLIENT_MERGED", "v1", ClientMergedV1Data>
  | StandardEvent<"CLIENT_ARCHIVED", "v1", ClientArchivedV1Data>
  | StandardEvent<"CONTACT_CREATED", "v1", ContactCreatedV1Data>
  | StandardEvent<"CONTACT_UPDATED", "v1", ContactUpdatedV1Data>
  | StandardEvent<"CONTACT_PRIMARY_SET", "v1", ContactPrimarySetV1Data>
  | StandardEvent<"CONTACT_ARCHIVED", "v1", ContactArchivedV1Data>
  | StandardEvent<"CONTACT_MERGED", "v1", ContactMergedV1Data>
  | StandardEvent<"INTERACTION_LOGGED", "v1", InteractionLoggedV1Data>
  | StandardEvent<"NOTE_CREATED", "v1", NoteCreatedV1Data>
  | StandardEvent<"TAG_DEFINITION_CREATED", "v1", TagDefinitionCreatedV1Data>
  | StandardEvent<"TAG_DEFINITION_UPDATED", "v1", TagDefinitionUpdatedV1Data>
  | StandardEvent<"TAG_APPLIED", "v1", TagAppliedV1Data>
  | StandardEvent<"TAG_REMOVED", "v1", TagRemovedV1Data>
  | StandardEvent<"DOCUMENT_UPLOADED", "v1", DocumentUploadedV1Data>
  | StandardEvent<"DOCUMENT_DELETED", "v1", DocumentDeletedV1Data>
  | StandardEvent<"DOCUMENT_ASSOCIATED", "v1", DocumentAssociatedV1Data>
  | StandardEvent<"DOCUMENT_DETACHED", "v1", DocumentDetachedV1Data>
  | StandardEvent<"DOCUMENT_GENERATED", "v1", DocumentGeneratedV1Data>
  | StandardEvent<"DOCUMENT_SIGNATURE_REQUESTED", "v1", DocumentSignatureRequestedV1Data>
  | StandardEvent<"DOCUMENT_SIGNED", "v1", DocumentSignedV1Data>
  | StandardEvent<"DOCUMENT_SIGNATURE_EXPIRED", "v1", DocumentSignatureExpiredV1Data>
  | StandardEvent<"INBOUND_EMAIL_RECEIVED", "v1", InboundEmailReceivedV1Data>
  | StandardEvent<"EMAIL_PROVIDER_CONNECTED", "v1", EmailProviderConnectedV1Data>
  | StandardEvent<"EMAIL_PROVIDER_DISCONNECTED", "v1", EmailProviderDisconnectedV1Data>
  | StandardEvent<"INBOUND_EMAIL_REPLY_RECEIVED", "v1", InboundEmailReplyReceivedV1Data>
  | StandardEvent<"OUTBOUND_EMAIL_QUEUED", "v1", OutboundEmailQueuedV1Data>
  | StandardEvent<"OUTBOUND_EMAIL_SENT", "v1", OutboundEmailSentV1Data>
  | StandardEvent<"OUTBOUND_EMAIL_FAILED", "v1", OutboundEmailFailedV1Data>
  | StandardEvent<"EMAIL_DELIVERED", "v1", EmailDeliveredV1Data>
  | StandardEvent<"EMAIL_BOUNCED", "v1", EmailBouncedV1Data>
  | StandardEvent<"EMAIL_COMPLAINT_RECEIVED", "v1", EmailComplaintReceivedV1Data>
  | StandardEvent<"EMAIL_UNSUBSCRIBED", "v1", EmailUnsubscribedV1Data>
  | StandardEvent<"NOTIFICATION_SENT", "v1", NotificationSentV1Data>
  | StandardEvent<"NOTIFICATION_DELIVERED", "v1", NotificationDeliveredV1Data>
  | StandardEvent<"NOTIFICATION_FAILED", "v1", NotificationFailedV1Data>
  | StandardEvent<"NOTIFICATION_READ", "v1", NotificationReadV1Data>
  | StandardEvent<"SURVEY_SENT", "v1", SurveySentV1Data>
  | StandardEvent<"SURVEY_RESPONSE_RECEIVED", "v1", SurveyResponseReceivedV1Data>
  | StandardEvent<"SURVEY_REMINDER_SENT", "v1", SurveyReminderSentV1Data>
  | StandardEvent<"SURVEY_EXPIRED", "v1", SurveyExpiredV1Data>
  | StandardEvent<"CSAT_ALERT_TRIGGERED", "v1", CsatAlertTriggeredV1Data>
  | StandardEvent<"INTEGRATION_SYNC_STARTED", "v1", IntegrationSyncStartedV1Data>
  | StandardEvent<"INTEGRATION_SYNC_COMPLETED", "v1", IntegrationSyncCompletedV1Data>
  | StandardEvent<"INTEGRATION_SYNC_FAILED", "v1", IntegrationSyncFailedV1Data>
  | StandardEvent<"INTEGRATION_WEBHOOK_RECEIVED", "v1", IntegrationWebhookReceivedV1Data>
  | StandardEvent<"INTEGRATION_CONNECTED", "v1", IntegrationConnectedV1Data>
  | StandardEvent<"INTEGRATION_DISCONNECTED", "v1", IntegrationDisconnectedV1Data>
  | StandardEvent<"INTEGRATION_TOKEN_EXPIRING", "v1", IntegrationTokenExpiringV1Data>
  | StandardEvent<"INTEGRATION_TOKEN_REFRESH_FAILED", "v1", IntegrationTokenRefreshFailedV1Data>
  | StandardEvent<"EXTERNAL_MAPPING_CHANGED", "v1", ExternalMappingChangedV1Data>
  | StandardEvent<"ASSET_CREATED", "v1", AssetCreatedV1Data>
  | StandardEvent<"ASSET_UPDATED", "v1", AssetUpdatedV1Data>
  | StandardEvent<"ASSET_ASSIGNED", "v1", AssetAssignedV1Data>
  | StandardEvent<"ASSET_UNASSIGNED", "v1", AssetUnassignedV1Data>
  | StandardEvent<"ASSET_WARRANTY_EXPIRING", "v1", AssetWarrantyExpiringV1Data>
  | StandardEvent<"FILE_UPLOADED", "v1", FileUploadedV1Data>
  | StandardEvent<"MEDIA_PROCESSING_SUCCEEDED", "v1", MediaProcessingSucceededV1Data>
  | StandardEvent<"MEDIA_PROCESSING_FAILED", "v1", MediaProcessingFailedV1Data>;

/** What an endpoint of the format `native` receives. */
export type AlgaPsaDocument =
  | TicketCreatedV1
  | TicketUpdatedV1
  | TicketClosedV1
  | TicketResponseStateChangedV1
  | TicketStatusChangedV1
  | TicketPriorityChangedV1
  | TicketAssignedV1
  | TicketUnassignedV1
  | TicketReopenedV1
  | TicketMergedV1
  | TicketSplitV1
  | TicketTagsChangedV1
  | TicketQueueChangedV1
  | TicketEscalatedV1
  | TicketMessageAddedV1
  | TicketCustomerRepliedV1
  | TicketInternalNoteAddedV1
  | TicketTimeEntryAddedV1
  | TicketSlaStageEnteredV1
  | TicketSlaStageMetV1
  | TicketSlaStageBreachedV1
  | TicketApprovalRequestedV1
  | TicketApprovalGrantedV1
  | TicketApprovalRejectedV1
  | AppointmentCreatedV1
  | AppointmentRescheduledV1
  | AppointmentCanceledV1
  | AppointmentCompletedV1
  | AppointmentNoShowV1
  | AppointmentAssignedV1
  | ScheduleBlockCreatedV1
  | ScheduleBlockDeletedV1
  | CapacityThresholdReachedV1
  | TechnicianDispatchedV1
  | TechnicianEnRouteV1
  | TechnicianArrivedV1
  | TechnicianCheckedOutV1
  | ProjectCreatedV1
  | ProjectUpdatedV1
  | ProjectStatusChangedV1
  | ProjectTaskCreatedV1
  | ProjectTaskAssignedV1
  | ProjectTaskStatusChangedV1
  | ProjectTaskCompletedV1
  | ProjectTaskDependencyBlockedV1
  | ProjectTaskDependencyUnblockedV1
  | ProjectApprovalRequestedV1
  | ProjectApprovalGrantedV1
  | ProjectApprovalRejectedV1
  | InvoiceGeneratedV1
  | InvoiceFinalizedV1
  | InvoiceSentV1
  | InvoiceStatusChangedV1
  | InvoiceDueDateChangedV1
  | InvoiceOverdueV1
  | InvoiceWrittenOffV1
  | PaymentRecordedV1
  | PaymentAppliedV1
  | PaymentFailedV1
  | PaymentRefundedV1
  | CreditNoteCreatedV1
  | CreditNoteAppliedV1
  | CreditNoteVoidedV1
  | ContractCreatedV1
  | ContractUpdatedV1
  | ContractStatusChangedV1
  | ContractRenewalUpcomingV1
  | RecurringBillingRunStartedV1
  | RecurringBillingRunCompletedV1
  | RecurringBillingRunFailedV1
  | CompanyCreatedV1
  | CompanyUpdatedV1
  | ClientCreatedV1
  | ClientUpdatedV1
  | ClientStatusChangedV1
  | ClientOwnerAssignedV1
  | ClientMergedV1
  | ClientArchivedV1
  | ContactCreatedV1
  | ContactUpdatedV1
  | ContactPrimarySetV1
  | ContactArchivedV1
  | ContactMergedV1
  | InteractionLoggedV1
  | NoteCreatedV1
  | TagDefinitionCreatedV1
  | TagDefinitionUpdatedV1
  | TagAppliedV1
  | TagRemovedV1
  | DocumentUploadedV1
  | DocumentDeletedV1
  | DocumentAssociatedV1
  | DocumentDetachedV1
  | DocumentGeneratedV1
  | DocumentSignatureRequestedV1
  | DocumentSignedV1
  | DocumentSignatureExpiredV1
  | InboundEmailReceivedV1
  | EmailProviderConnectedV1
  | EmailProviderDisconnectedV1
  | InboundEmailReplyReceivedV1
  | OutboundEmailQueuedV1
  | OutboundEmailSentV1
  | OutboundEmailFailedV1
  | EmailDeliveredV1
  | EmailBouncedV1
  | EmailComplaintReceivedV1
  | EmailUnsubscribedV1
  | NotificationSentV1
  | NotificationDeliveredV1
  | NotificationFailedV1
  | NotificationReadV1
  | SurveySentV1
  | SurveyResponseReceivedV1
  | SurveyReminderSentV1
  | SurveyExpiredV1
  | CsatAlertTriggeredV1
  | IntegrationSyncStartedV1
  | IntegrationSyncCompletedV1
  | IntegrationSyncFailedV1
  | IntegrationWebhookReceivedV1
  | IntegrationConnectedV1
  | IntegrationDisconnectedV1
  | IntegrationTokenExpiringV1
  | IntegrationTokenRefreshFailedV1
  | ExternalMappingChangedV1
  | AssetCreatedV1
  | AssetUpdatedV1
  | AssetAssignedV1
  | AssetUnassignedV1
  | AssetWarrantyExpiringV1
  | FileUploadedV1
  | MediaProcessingSucceededV1
  | MediaProcessingFailedV1;
