// SPDX-License-Identifier: Apache-2.0
package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Apache's Java client, a cluster that fails on demand. Run as: rmq-mock exec -- mvn test */
@EnabledIfEnvironmentVariable(named = "RMQ_MOCK_CONTROL", matches = "http://.+")
class OrdersTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private DefaultMQProducer producer;

    private String control(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("RMQ_MOCK_CONTROL") + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());

        assertTrue(answer.statusCode() < 300, answer::body);
        return answer.body().trim();
    }

    @BeforeEach
    void start() throws Exception {
        producer = new DefaultMQProducer("shop"); // NAMESRV_ADDR says where
        producer.setSendMsgTimeout(60_000); // by itself 3 s, after which it may be stored twice
        producer.start();
    }

    @AfterEach
    void stop() {
        producer.shutdown();
    }

    @Test
    void aBusyBrokerIsTriedAgain() throws Exception {
        control("POST", "/topics", "{\"topic\":\"orders\",\"queues\":2}");
        String fault = control("POST", "/faults", "{\"code\":\"SEND_MESSAGE,SEND_MESSAGE_V2\","
                + "\"topic\":\"orders\",\"reply\":\"SYSTEM_BUSY\",\"count\":1}");
        String id = fault.replaceAll("\\D", "");

        assertEquals(SendStatus.SEND_OK,
                producer.send(new Message("orders", "order-1".getBytes(StandardCharsets.UTF_8))).getSendStatus());

        assertEquals("{\"hits\":1}", control("POST", "/faults/" + id + "/wait", "{\"hits\":1,\"timeout\":\"10s\"}"));
        String stored = control("GET", "/messages?topic=orders", "");
        assertEquals(1, stored.split("\"body\":\"order-1\"", -1).length - 1, stored);
    }
}
