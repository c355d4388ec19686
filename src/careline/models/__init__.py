"""Language models behind the port `careline.ports.Model`: the OpenAI-compatible client, a scripted model, a fake
server."""
