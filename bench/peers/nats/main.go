// SPDX-License-Identifier: Apache-2.0

// Publishes to JetStream with a window and prints the rate of acknowledgements.
// `nats server FOLDER` runs a server with JetStream; `nats bench URL BODY COUNT WINDOW FORM` publishes.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func die(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(folder string) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: folder, NoSigs: true})
	die(err)
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		os.Exit(1)
	}
	fmt.Println(s.ClientURL())
	select {}
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	die(err)
	return n
}

func publishAll(js nats.JetStreamContext, body []byte, count int) {
	for i := 0; i < count; i++ {
		_, err := js.PublishAsync("bench", body)
		die(err)
	}
	<-js.PublishAsyncComplete()
}

func publishEach(js nats.JetStreamContext, body []byte, count int) {
	for i := 0; i < count; i++ {
		_, err := js.Publish("bench", body)
		die(err)
	}
}

func bench(url string, size, count, window int) {
	nc, err := nats.Connect(url)
	die(err)
	js, err := nc.JetStream(nats.PublishAsyncMaxPending(window))
	die(err)
	if _, err = js.StreamInfo("bench"); err != nil {
		_, err = js.AddStream(&nats.StreamConfig{Name: "bench", Subjects: []string{"bench"}, Storage: nats.FileStorage})
		die(err)
	}
	publish := publishAll
	if window == 1 {
		publish = publishEach
	}
	body := make([]byte, size)
	publish(js, body, count/10)
	before, start := cpu(), time.Now()
	publish(js, body, count)
	seconds := time.Since(start).Seconds()
	info, err := js.StreamInfo("bench")
	die(err)
	if info.State.Msgs%uint64(count+count/10) != 0 {
		die(fmt.Errorf("%d messages are stored", info.State.Msgs))
	}
	fmt.Printf("%.0f %.3f\n", float64(count)/seconds, (cpu()-before)/float64(count))
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "server" {
		serve(os.Args[2])
	} else if len(os.Args) == 6 && os.Args[1] == "bench" {
		bench(os.Args[2], number(os.Args[3]), number(os.Args[4]), number(os.Args[5]))
	} else {
		die(fmt.Errorf("nats server FOLDER | nats bench URL BODY COUNT WINDOW"))
	}
}
