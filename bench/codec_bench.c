/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_bench.c - the cost of one header, encoded and decoded, in both forms.
 *
 *     bench/codec_bench [ITERATIONS | --long [NAME]]    NAME runs one of them only
 *
 * One JSON line a figure on stdout, as README.md tells.
 *
 * Instructions of one call:
 *
 *     valgrind --tool=callgrind --toggle-collect=run_NAME bench/codec_bench 1000 NAME
 *
 * and divide the total by the iterations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codec/codes.h"
#include "codec/command.h"
#include "codec/schema.h"
#include "codec/template.h"

static struct rmqi_buf frame_json, frame_binary; /* a typical send response */
static struct rmqi_buf out;
static struct rmqi_command command;

static void die(const char *what)
{
	fprintf(stderr, "codec_bench: %s\n", what);
	exit(1);
}

static struct rmqi_frame frame_of(const struct rmqi_buf *b)
{
	struct rmqi_frame f;

	if (rmqi_frame_parse(rmqi_buf_cursor(b), &f) != RMQ_OK)
		die("frame");
	return f;
}

static struct rmqi_h_send_message_response send_response(void)
{
	struct rmqi_h_send_message_response h = {0};

	h.msgId = rmqi_str("0506070800002A9F00000000000003E8");
	h.queueId = 3;
	h.queueOffset = 123456;
	RMQI_SET(&h, send_message_response, transactionId,
		 rmqi_str("7F0000010B9F18B4AAC2295C1B2A0000"));
	RMQI_SET(&h, send_message_response, MSG_REGION, rmqi_str("DefaultRegion"));
	RMQI_SET(&h, send_message_response, TRACE_ON, true);
	return h;
}

static struct rmqi_h_send_message send_request(void)
{
	struct rmqi_h_send_message h = {0};

	h.producerGroup = rmqi_str("bench-producer");
	h.topic = rmqi_str("BenchTopic");
	h.defaultTopic = rmqi_str("TBW102");
	h.defaultTopicQueueNums = 4;
	h.queueId = 3;
	h.bornTimestamp = 1700000000123;
	RMQI_SET(&h, send_message, properties,
		 rmqi_str("UNIQ_KEY\0017F0000010B9F18B4AAC2295C1B2A0000\002WAIT\001true\002"
			  "TAGS\001TagA\002"));
	RMQI_SET(&h, send_message, reconsumeTimes, 0);
	RMQI_SET(&h, send_message, unitMode, false);
	RMQI_SET(&h, send_message, batch, false);
	RMQI_SET(&h, send_message, bname, rmqi_str("broker-a"));
	return h;
}

static struct rmqi_command_meta meta_of(enum rmqi_serialization serialization, int32_t code,
					int32_t flag)
{
	return (struct rmqi_command_meta){.serialization = serialization,
					  .code = code,
					  .language = RMQI_LANGUAGE_CPP,
					  .version = RMQI_VERSION,
					  .opaque = 12345,
					  .flag = flag};
}

static void encode_response(struct rmqi_buf *b, enum rmqi_serialization serialization)
{
	struct rmqi_h_send_message_response h = send_response();
	struct rmqi_command_meta m = meta_of(serialization, RMQI_RESP_SUCCESS, RMQI_FLAG_RESPONSE);

	rmqi_buf_init(b, RMQI_FRAME_MAX);
	if (rmqi_command_encode(b, &m, &rmqi_desc_send_message_response, &h, NULL, 0, 0) != RMQ_OK)
		die("encode");
}

void run_json_decode(long n);
void run_json_decode(long n)
{
	struct rmqi_frame f = frame_of(&frame_json);

	while (n-- > 0)
		if (rmqi_command_decode(&command, &f) != RMQ_OK)
			die("json_decode");
}

void run_binary_decode(long n);
void run_binary_decode(long n)
{
	struct rmqi_frame f = frame_of(&frame_binary);

	while (n-- > 0)
		if (rmqi_command_decode(&command, &f) != RMQ_OK)
			die("binary_decode");
}

void run_header_decode(long n);
void run_header_decode(long n)
{
	while (n-- > 0) {
		struct rmqi_h_send_message_response h = {0};

		if (rmqi_header_decode(&rmqi_desc_send_message_response, &command, &h, NULL) !=
		    RMQ_OK)
			die("header_decode");
	}
}

static void run_encode(long n, enum rmqi_serialization serialization)
{
	struct rmqi_h_send_message h = send_request();
	struct rmqi_command_meta m = meta_of(serialization, RMQI_REQ_SEND_MESSAGE_V2, 0);

	while (n-- > 0) {
		rmqi_buf_reset(&out);
		if (rmqi_command_encode(&out, &m, &rmqi_desc_send_message_v2, &h, NULL, 0, 256) !=
		    RMQ_OK)
			die("encode");
	}
}

void run_json_encode(long n);
void run_json_encode(long n)
{
	run_encode(n, RMQI_JSON);
}

void run_binary_encode(long n);
void run_binary_encode(long n)
{
	run_encode(n, RMQI_BINARY);
}

static struct rmqi_template templates[RMQI_SERIALIZATIONS];

static void make_templates(void)
{
	struct rmqi_h_send_message h = send_request();

	for (unsigned i = 0; i < RMQI_SERIALIZATIONS; i++) {
		struct rmqi_command_meta m =
			meta_of((enum rmqi_serialization)i, RMQI_REQ_SEND_MESSAGE_V2, 0);

		if (rmqi_template_init(&templates[i], &m, &rmqi_desc_send_message_v2, &h,
				       RMQI_BIT_send_message_topic | RMQI_BIT_send_message_queueId |
					       RMQI_BIT_send_message_sysFlag |
					       RMQI_BIT_send_message_bornTimestamp |
					       RMQI_BIT_send_message_flag |
					       RMQI_BIT_send_message_properties |
					       RMQI_BIT_send_message_bname) != RMQ_OK ||
		    templates[i].hole_count == 0)
			die("template");
	}
}

static void run_template(long n, enum rmqi_serialization serialization)
{
	struct rmqi_h_send_message h = send_request();

	while (n-- > 0) {
		rmqi_buf_reset(&out);
		if (rmqi_template_encode(&templates[serialization], &out, 12345, &h, 256) != RMQ_OK)
			die("template");
	}
}

void run_json_template(long n);
void run_json_template(long n)
{
	run_template(n, RMQI_JSON);
}

void run_binary_template(long n);
void run_binary_template(long n)
{
	run_template(n, RMQI_BINARY);
}

static const struct {
	const char *name;
	void (*run)(long n);
} benches[] = {
	{"json_decode", run_json_decode},         {"binary_decode", run_binary_decode},
	{"header_decode", run_header_decode},     {"json_encode", run_json_encode},
	{"binary_encode", run_binary_encode},     {"json_template", run_json_template},
	{"binary_template", run_binary_template},
};

static void measure(size_t i, long n)
{
	const struct rmqi_clock *clock = rmqi_clock_real();
	int64_t start, us;

	benches[i].run(10);
	start = rmqi_clock_us(clock);
	benches[i].run(n);
	us = rmqi_clock_us(clock) - start;
	printf("{\"bench\":\"codec_bench\",\"metric\":\"%s\",\"value\":%.1f,\"unit\":\"ns\","
	       "\"raw\":null,\"ratio\":null}\n",
	       benches[i].name, (double)us * 1000 / (double)n);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	const char *name = argc > 2 ? argv[2] : NULL;
	struct rmqi_frame f;

	if (n <= 0)
		n = argc > 1 && strcmp(argv[1], "--long") == 0 ? 2000000 : 200000;
	rmqi_command_init(&command);
	rmqi_buf_init(&out, RMQI_FRAME_MAX);
	encode_response(&frame_json, RMQI_JSON);
	encode_response(&frame_binary, RMQI_BINARY);
	f = frame_of(&frame_json);
	fprintf(stderr, "send response: %zu bytes of JSON, %zu of binary header\n", f.header.len,
		frame_of(&frame_binary).header.len);
	if (rmqi_command_decode(&command, &f) != RMQ_OK)
		die("decode");
	make_templates();
	for (size_t i = 0; i < RMQI_COUNT(benches); i++)
		if (!name || strcmp(name, benches[i].name) == 0)
			measure(i, n);
	rmqi_buf_deinit(&frame_json);
	rmqi_buf_deinit(&frame_binary);
	rmqi_buf_deinit(&out);
	rmqi_command_deinit(&command);
	return 0;
}
