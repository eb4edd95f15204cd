"""What a person wants from groups: customers by what they buy, documents by their words, images by their regions."""
