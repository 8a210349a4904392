/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - which brokers are put aside for a while (MQFaultStrategy.java,
 * LatencyFaultToleranceImpl.java).
 *
 *     an attempt took at least    50 ms  100  550  1800  3000   5000  15000   (latencyMax)
 *     the broker is left alone for    0    0 2000  5000  6000  10000  30000   (notAvailableDuration)
 *     an attempt failed                                        10000
 *
 * A broker that is put aside is still asked when there is no other. The time until which it is left
 * alone only moves forward, until it is lifted. One that the network failed to reach is left alone as
 * unreachable (the "reachable" mark), beside what its answers cost it: the detector (detector.c) asks it, and
 * an answer ends that part alone.
 *
 * While nobody is put aside a look costs one comparison; nothing is allocated but
 * when a broker is put aside that never was before.
 *
 * Thread: any (lock inside).
 */
#ifndef RMQI_CLIENT_FAULT_H
#define RMQI_CLIENT_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/thread.h"

struct rmqi_faults {
	_Atomic int64_t until_us; /* of the last broker that is put aside */
	struct rmqi_mutex mu;
	struct rmqi_map brokers;    /* mu; name -> struct fault */
	void (*on_lost)(void *arg); /* immutable, as below; NULL: nobody is told */
	void *arg;
};

void rmqi_faults_init(struct rmqi_faults *f);
void rmqi_faults_deinit(struct rmqi_faults *f);
/* An attempt was answered after so long. */
void rmqi_faults_note(struct rmqi_faults *f, const char *broker_name, int64_t latency_us,
		      int64_t now_us);
/* Tells when a broker becomes unreachable, on the thread that found it. Before anybody notes anything. */
void rmqi_faults_watch(struct rmqi_faults *f, void (*on_lost)(void *arg), void *arg);
/* An attempt failed without an answer, and it was the broker's fault. */
void rmqi_faults_lost(struct rmqi_faults *f, const char *broker_name, int64_t now_us);
/* It answers, whatever it says. Was it unreachable? */
bool rmqi_faults_reached(struct rmqi_faults *f, const char *broker_name, int64_t now_us);
bool rmqi_faults_is_unreachable(struct rmqi_faults *f, const char *broker_name, int64_t now_us);
bool rmqi_faults_any_unreachable(struct rmqi_faults *f, int64_t now_us);
/* An attempt was refused, and it was the broker's fault. */
void rmqi_faults_isolate(struct rmqi_faults *f, const char *broker_name, int64_t now_us);
/* It has taken us in on a new connection: what failed before says nothing any more. */
void rmqi_faults_lift(struct rmqi_faults *f, const char *broker_name);
/* Lifts all. */
void rmqi_faults_forget(struct rmqi_faults *f);
/* Is any broker put aside? */
bool rmqi_faults_any(const struct rmqi_faults *f, int64_t now_us);
bool rmqi_faults_is_available(struct rmqi_faults *f, const char *broker_name, int64_t now_us);

#endif
