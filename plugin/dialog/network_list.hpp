// SPDX-License-Identifier: GPL-3.0-or-later
/// A list of the feature networks to choose from, the one that comes along first, with a button to add one
/// from a file.
///
///     NetworkList networks(program);
///     networks.chosen = [&](const std::string& name) { set_network(name); };
///     networks.offer(hello.networks);
///     networks.show("vgg19");
#pragma once

#include "message.hpp"
#include "network_adder.hpp"

#include <filesystem>
#include <functional>
#include <gtk/gtk.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// What the list says of a network: its size, and how many times as long as with `first` a painting takes.
std::string network_text(const protocol::NetworkDescription& network,
                         const protocol::NetworkDescription& first);

class NetworkList {
  public:
    /// `program`: the command line, which adds networks.
    explicit NetworkList(const std::filesystem::path& program);
    ~NetworkList();
    NetworkList(const NetworkList&) = delete;
    NetworkList& operator=(const NetworkList&) = delete;

    GtkWidget* widget() const { return combo_; }
    GtkWidget* button() const { return add_; }

    /// Sets what the engine offers; the first is the one that it paints with unless told. The choice does not
    /// change, whether it is offered or not.
    void offer(const std::vector<protocol::NetworkDescription>& networks);
    /// Shows that one as chosen, without calling `chosen`; empty: the first. One that is not offered is
    /// listed by its name.
    void show(const std::string& name);
    /// The user chose or added one; empty: the first.
    std::function<void(const std::string&)> chosen;
    /// A sentence for the user.
    std::function<void(const std::string&)> failed;

  private:
    void fill(const std::string& active);
    std::string active() const;
    std::vector<protocol::NetworkDescription> all() const;
    void ask_for_file();
    void add(const std::filesystem::path& file);

    GtkWidget* combo_;
    GtkWidget* add_;
    NetworkAdder adder_;
    std::vector<protocol::NetworkDescription> offered_;
    std::vector<protocol::NetworkDescription> added_; ///< since the engine was started
    bool filling_ = false;
};

} // namespace neural_style::plugin
