package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.NodeStatus;
import io.ppmq.cluster.Verification;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/** A cluster as JSON. Unknown values are null. */
final class ClusterJson {
  private ClusterJson() {}

  static String status(ClusterStatus status) {
    return Json.line(
        json -> {
          json.writeStringField("cluster", status.name());
          json.writeStringField("node", status.node());
          json.writeStringField("leader", status.leader());
          json.writeNumberField("term", status.term());
          number(json, "committed", status.committedIndex());
          number(json, "applied", status.appliedIndex());
          json.writeNumberField("logBytes", status.logBytes());
          json.writeNumberField("elections", status.elections());
          json.writeNumberField("fenced", status.fenced());
          json.writeBooleanField("diverged", status.diverged());
          json.writeStringField("fault", status.fault());
          json.writeArrayFieldStart("nodes");
          for (NodeStatus node : status.nodes()) {
            node(json, node);
          }
          json.writeEndArray();
        });
  }

  private static void node(JsonGenerator json, NodeStatus node) throws IOException {
    json.writeStartObject();
    json.writeStringField("node", node.node());
    json.writeStringField("address", node.address());
    json.writeStringField("standing", node.standing().name().toLowerCase(Locale.ROOT));
    json.writeBooleanField("up", node.up());
    number(json, "applied", node.appliedIndex());
    number(json, "lag", node.lag());
    number(json, "freeBytes", node.freeBytes());
    json.writeStringField("version", node.version());
    json.writeObjectField("clockSkewMillis", node.clockSkewMillis());
    json.writeBooleanField("configDiffers", node.configDiffers());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, long value) throws IOException {
    if (value < 0) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value);
    }
  }

  static String verification(Verification verification) {
    return Json.line(
        json -> {
          json.writeBooleanField("equal", verification.agrees() && verification.silent().isEmpty());
          json.writeBooleanField("agree", verification.agrees());
          json.writeNumberField("index", verification.index());
          json.writeObjectFieldStart("digests");
          for (Map.Entry<String, String> digest : verification.digests().entrySet()) {
            json.writeStringField(digest.getKey(), digest.getValue());
          }
          json.writeEndObject();
          json.writeArrayFieldStart("silent");
          for (String node : verification.silent()) {
            json.writeString(node);
          }
          json.writeEndArray();
        });
  }
}
