/** Payment sessions: create from a profile, read, cancel. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../errors.mts';
import { compact, type Call, type Operation, type SandboxContext } from '../context.mts';
import { announcePayment } from './events.mts';
import { newId } from './ids.mts';
import { bookVoid } from './operations.mts';
import { read, save, type Payment, type Session, type SessionRequest } from './rows.mts';
import { checkSession } from './session-rules.mts';
import { needSession, sessionEvent, viewSession } from './session-view.mts';

/** The send status of each requested link. */
function publish(context: SandboxContext, session: Session) {
	const phone = session.request.customer?.phone_number;
	return session.request.configuration?.publish?.map(({ channel, type }) => {
		const reaches = phone !== undefined && phone !== '';
		// Dintero: "No SMS for sessions of a test account"; the status it then answers is not documented.
		const test = session.account.startsWith('T') && channel === 'sms';
		const status = !reaches ? 'skipped' : test ? context.switches.testAccountSms : 'sent';
		if (reaches) session.published.push(`${channel} ${phone}`);
		return { id: randomUUID(), channel, type, status };
	});
}

export const createSession: Operation = (context, call) => {
	const request = call.body as SessionRequest;
	checkSession(context, call.accountId, request);
	const now = context.clock.now();
	const session: Session = {
		id: newId(call.accountId),
		account: call.accountId,
		request,
		createdAt: now,
		updatedAt: now,
		expiresAt: request.expires_at
			? Date.parse(request.expires_at)
			: now + context.switches.sessionLifetime * 1000,
		events: [],
		published: [],
	};
	sessionEvent(context, session, 'INITIATED');
	const published = publish(context, session);
	save(context.store, 'session', session);
	return compact({
		id: session.id,
		url: `${call.origin}/pay/${encodeURIComponent(session.id)}`,
		publish: published,
		session: call.query.include_session === true ? viewSession(context, session) : undefined,
	});
};

export const readSession: Operation = (context, call) =>
	viewSession(context, needSession(context, call.accountId, call.params.session_id));

export const cancelSession: Operation = (context, call) => {
	const session = needSession(context, call.accountId, call.params.session_id);
	const payment = session.transactionId
		? read(context.store, 'payment', call.accountId, session.transactionId)
		: undefined;
	if (session.cancelledAt !== undefined || (payment && !canBeVoided(payment))) {
		const { cancelRefused } = context.switches;
		if (cancelRefused === 'unchanged') return viewSession(context, session);
		throw new ApiError(cancelRefused, 'NOT ALLOWED', 'The session can no longer be canceled');
	}
	return context.store.atomically(() => {
		if (payment) voidWith(context, payment, call);
		session.cancelledAt = context.clock.now();
		session.cancelledBy = call.client.clientId;
		sessionEvent(context, session, 'CANCELLED');
		save(context.store, 'session', session);
		return viewSession(context, session);
	});
};

const canBeVoided = ({ status }: Payment) => ['INITIATED', 'AUTHORIZED'].includes(status);

function voidWith(context: SandboxContext, payment: Payment, call: Call): void {
	bookVoid(context, payment, { by: call.client.clientId, requestId: randomUUID() });
	save(context.store, 'payment', payment);
	announcePayment(context, payment);
}
