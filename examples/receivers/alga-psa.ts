// A receiver of alga-psa, for an endpoint of the format `native`: SECRET=whsec_… node examples/receivers/alga-psa.ts
import type { AlgaPsaDocument } from "../types/alga-psa.ts";
import { receive } from "./receive.ts";

receive<AlgaPsaDocument>({ member: "event_type", handle });

function handle(document: AlgaPsaDocument): void {
  switch (document.event_type) {
    case "TICKET_STATUS_CHANGED": {
      const { ticketId, previousStatusId, newStatusId } = document.payload;
      console.log(`${ticketId}: ${previousStatusId} to ${newStatusId}`);
      break;
    }
    case "TICKET_SLA_STAGE_BREACHED": {
      const { ticketId, stage, overdueBySeconds } = document.payload;
      console.log(`${ticketId}: ${stage} is ${overdueBySeconds} s late`);
      break;
    }
    case "INVOICE_OVERDUE":
      console.log(`${document.payload.invoiceId}: ${document.payload.amountDue} ${document.payload.currency} are due`);
      break;
    case "PAYMENT_FAILED":
      if (document.payload.retryable === true) console.log(`try ${document.payload.paymentId ?? "it"} again`);
      break;
    default:
      // Types that this receiver has no use for, and those that a later version of the catalog adds.
      console.log(`${document.event_type} is left alone`);
  }
}
