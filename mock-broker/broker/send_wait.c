/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/mem.h"
#include "base/planted.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/send.h"

/* A stored message whose answer waits until it is safe. */
struct pending {
	struct mb_put_wait wait;
	struct rmqi_list link;
	struct mb_broker *b;
	struct mb_ticket ticket; /* holds a ref */
	int32_t queue_id;
	int64_t queue_offset;
	char msg_id[RMQI_ID_SIZE];
	char uniq_key[RMQI_ID_SIZE]; /* "" when longer or absent */
	char *batch_ids;             /* owned; NULL: msg_id */
	char *recall_handle;         /* owned; NULL: none */
};

void mb_send_answer(struct mb_broker *b, const struct mb_ticket *t, int32_t code,
		    struct rmqi_h_send_message_response *h)
{
	struct rmqi_outgoing response = {
		.code = code,
		.desc = &rmqi_desc_send_message_response,
		.header = h,
		.templates = RMQI_HAS(h, send_message_response, recallHandle) ? NULL
									      : b->sends.answers,
	};

	RMQI_SET(h, send_message_response, MSG_REGION, b->sends.region);
	RMQI_SET(h, send_message_response, TRACE_ON, b->config->trace_on);
	mb_answer(t, &response);
}

/* Only ids and offsets differ. */
static enum rmq_error make_answers(struct mb_sends *s, const struct mb_broker_config *c)
{
	struct rmqi_command_meta meta = {.code = RMQI_RESP_SUCCESS,
					 .language = RMQI_LANGUAGE_CPP,
					 .version = mb_release_version((enum mb_release)c->release),
					 .flag = RMQI_FLAG_RESPONSE};
	struct rmqi_h_send_message_response h = {0};
	enum rmq_error err = RMQ_OK;

	RMQI_SET(&h, send_message_response, transactionId, RMQI_STR(""));
	RMQI_SET(&h, send_message_response, MSG_REGION, rmqi_str(c->region_id));
	RMQI_SET(&h, send_message_response, TRACE_ON, c->trace_on);
	for (unsigned i = 0; i < RMQI_SERIALIZATIONS && err == RMQ_OK; i++) {
		meta.serialization = (enum rmqi_serialization)i;
		err = rmqi_template_init(&s->answers[i], &meta, &rmqi_desc_send_message_response,
					 &h,
					 RMQI_BIT_send_message_response_msgId |
						 RMQI_BIT_send_message_response_queueId |
						 RMQI_BIT_send_message_response_queueOffset |
						 RMQI_BIT_send_message_response_transactionId);
	}
	return err;
}

const char *mb_put_status_name(enum mb_put_status status)
{
	switch (status) {
	case MB_PUT_OK:
		return "PUT_OK";
	case MB_PUT_FLUSH_DISK_TIMEOUT:
		return "FLUSH_DISK_TIMEOUT";
	case MB_PUT_FLUSH_SLAVE_TIMEOUT:
		return "FLUSH_SLAVE_TIMEOUT";
	case MB_PUT_SLAVE_NOT_AVAILABLE:
		return "SLAVE_NOT_AVAILABLE";
	case MB_PUT_CREATE_MAPPED_FILE_FAILED:
		return "CREATE_MAPPED_FILE_FAILED";
	case MB_PUT_MESSAGE_ILLEGAL:
		return "MESSAGE_ILLEGAL";
	case MB_PUT_PROPERTIES_SIZE_EXCEEDED:
		return "PROPERTIES_SIZE_EXCEEDED";
	case MB_PUT_SERVICE_NOT_AVAILABLE:
		return "SERVICE_NOT_AVAILABLE";
	case MB_PUT_UNKNOWN_ERROR:
		return "UNKNOWN_ERROR";
	}
	return "UNKNOWN_ERROR";
}

int32_t mb_put_code(enum mb_put_status status)
{
	switch (status) {
	case MB_PUT_FLUSH_DISK_TIMEOUT:
		return RMQI_RESP_FLUSH_DISK_TIMEOUT;
	case MB_PUT_FLUSH_SLAVE_TIMEOUT:
		return RMQI_RESP_FLUSH_SLAVE_TIMEOUT;
	case MB_PUT_SLAVE_NOT_AVAILABLE:
		return RMQI_RESP_SLAVE_NOT_AVAILABLE;
	default:
		return RMQI_RESP_SUCCESS;
	}
}

static void pending_done(struct mb_put_wait *w, enum mb_put_status status)
{
	struct pending *p = RMQI_CONTAINER(w, struct pending, wait);
	struct rmqi_h_send_message_response h = {
		.msgId = rmqi_str(p->batch_ids ? p->batch_ids : p->msg_id),
		.queueId = p->queue_id,
		.queueOffset = p->queue_offset,
	};

	if (p->uniq_key[0])
		RMQI_SET(&h, send_message_response, transactionId, rmqi_str(p->uniq_key));
	if (p->recall_handle)
		RMQI_SET(&h, send_message_response, recallHandle, rmqi_str(p->recall_handle));
	if (mb_put_is_stored(status))
		mb_send_answer(p->b, &p->ticket, mb_put_code(status), &h);
	else
		mb_answer_error(&p->ticket, RMQI_RESP_SERVICE_NOT_AVAILABLE, "%s",
				mb_put_status_name(status));
	rmqi_conn_unref(p->ticket.conn);
	rmqi_free(p->batch_ids);
	rmqi_free(p->recall_handle);
	p->batch_ids = p->recall_handle = NULL;
	rmqi_list_remove(&p->link);
	rmqi_list_push(&p->b->sends.spare, &p->link);
}

bool mb_send_wait(struct mb_broker *b, const struct mb_ticket *ticket, int64_t upto,
		  const struct rmqi_h_send_message_response *h)
{
	struct mb_sends *sends = &b->sends;
	struct rmqi_list *node = rmqi_list_pop(&sends->spare);
	struct pending *p =
		node ? RMQI_LIST_ITEM(node, struct pending, link) : rmqi_calloc(1, sizeof(*p));

	if (!p)
		return false;
	rmqi_list_init(&p->link);
	p->wait = (struct mb_put_wait){.done = pending_done};
	p->b = b;
	p->ticket = *ticket;
	p->queue_id = h->queueId;
	p->queue_offset = h->queueOffset;
	p->batch_ids = h->msgId.len >= RMQI_ID_SIZE ? rmqi_str_dup(h->msgId) : NULL;
	p->recall_handle = h->recallHandle.len > 0 ? rmqi_str_dup(h->recallHandle) : NULL;
	p->msg_id[0] = p->uniq_key[0] = '\0';
	if (h->msgId.len < RMQI_ID_SIZE)
		snprintf(p->msg_id, sizeof(p->msg_id), "%.*s", RMQI_STR_ARG(h->msgId));
	if (h->transactionId.len < RMQI_ID_SIZE)
		snprintf(p->uniq_key, sizeof(p->uniq_key), "%.*s", RMQI_STR_ARG(h->transactionId));
	rmqi_conn_ref(p->ticket.conn);
	rmqi_list_push(&sends->waiting, &p->link);
	mb_store_wait(b->store,
		      RMQI_PLANTED(ACK_BEFORE_FLUSH) ? sends->wait_parts & ~(unsigned)MB_WAIT_FLUSHED
						     : sends->wait_parts,
		      upto, &p->wait);
	return true;
}

enum rmq_error mb_sends_init(struct mb_broker *b)
{
	struct mb_sends *s = &b->sends;
	const struct mb_broker_config *c = b->config;

	if (c->flush_disk_type == MB_SYNC_FLUSH)
		s->wait_parts |= MB_WAIT_FLUSHED;
	if (c->broker_role == MB_SYNC_MASTER)
		s->wait_parts |= MB_WAIT_REPLICATED;
	s->region = rmqi_str(c->region_id);
	rmqi_list_init(&s->waiting);
	rmqi_list_init(&s->spare);
	rmqi_buf_init(&s->ids, RMQI_FRAME_MAX);
	rmqi_buf_init(&s->stamp, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&s->of_batch, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&s->utf8, RMQI_PROPERTIES_MAX);
	rmqi_buf_init(&s->of_place, RMQI_PROPERTIES_MAX);
	rmqi_properties_add(&s->stamp, RMQI_STR(RMQI_PROP_MSG_REGION), rmqi_str(c->region_id));
	rmqi_properties_add(&s->stamp, RMQI_STR(RMQI_PROP_TRACE_ON),
			    rmqi_str(c->trace_on ? "true" : "false"));
	rmqi_properties_add(&s->stamp, RMQI_STR(RMQI_PROP_CLUSTER),
			    rmqi_str(c->broker_cluster_name));
	if (rmqi_buf_status(&s->stamp) != RMQ_OK)
		return rmqi_buf_status(&s->stamp);
	return make_answers(s, c);
}

static void free_all(struct rmqi_list *list, bool is_waiting)
{
	for (struct rmqi_list *node = rmqi_list_pop(list); node; node = rmqi_list_pop(list)) {
		struct pending *p = RMQI_LIST_ITEM(node, struct pending, link);

		if (is_waiting)
			rmqi_conn_unref(p->ticket.conn);
		rmqi_free(p->batch_ids);
		rmqi_free(p->recall_handle);
		rmqi_free(p);
	}
}

void mb_sends_deinit(struct mb_sends *s)
{
	free_all(&s->waiting, true);
	free_all(&s->spare, false);
	rmqi_free(s->offsets);
	rmqi_buf_deinit(&s->ids);
	rmqi_buf_deinit(&s->stamp);
	rmqi_buf_deinit(&s->of_batch);
	rmqi_buf_deinit(&s->utf8);
	rmqi_buf_deinit(&s->of_place);
}
