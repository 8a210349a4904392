// SPDX-License-Identifier: Apache-2.0

// Apache's Go client, a cluster that fails on demand. Run as: rmq-mock exec -- go test ./...
package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func control(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, os.Getenv("RMQ_MOCK_CONTROL")+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

func newProducer(t *testing.T) rocketmq.Producer {
	t.Helper()
	p, err := rocketmq.NewProducer(producer.WithGroupName("shop"), producer.WithRetry(2),
		producer.WithSendMsgTimeout(time.Minute), // by itself 3 s, after which it may be stored twice
		producer.WithNameServer(strings.Split(os.Getenv("NAMESRV_ADDR"), ";")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown() })
	return p
}

// It does so after a connection that breaks; what a broker refuses (SYSTEM_BUSY, too) it hands to the caller.
func TestABrokenConnectionIsTriedAgain(t *testing.T) {
	if os.Getenv("RMQ_MOCK_CONTROL") == "" {
		t.Skip("run it by: rmq-mock exec -- go test ./...")
	}
	var done any
	var fault struct{ ID, Hits int }
	var stored []struct{ Body string }

	control(t, "POST", "/topics", map[string]any{"topic": "orders", "queues": 2}, &done)
	control(t, "POST", "/faults", map[string]any{
		"code": "SEND_MESSAGE,SEND_MESSAGE_V2", "topic": "orders", "close": "rst", "count": 1,
	}, &fault)
	if _, err := newProducer(t).SendSync(context.Background(),
		primitive.NewMessage("orders", []byte("order-1"))); err != nil {
		t.Fatal(err)
	}
	control(t, "POST", fmt.Sprintf("/faults/%d/wait", fault.ID),
		map[string]any{"hits": 1, "timeout": "10s"}, &fault)
	control(t, "GET", "/messages?topic=orders", map[string]any{}, &stored)
	if fault.Hits != 1 || len(stored) != 1 || stored[0].Body != "order-1" {
		t.Fatalf("%d hits, stored: %v", fault.Hits, stored)
	}
}
